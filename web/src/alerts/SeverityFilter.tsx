/** How many fire of each severity; press one to see only those. And: only mine. */

import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { filters } from '../model/signals.ts';
import type { Alert, Severity } from '../wire/types.ts';
import { isMuted, SEVERITIES } from './grouping.ts';
import { Shape } from './Sign.tsx';

export function SeverityFilter({ alerts }: { alerts: readonly Alert[] }) {
  const { severities, mine } = filters.value;
  const loud = alerts.filter((alert) => !isMuted(alert));
  const toggle = (severity: Severity): void => {
    const others = severities.filter((one) => one !== severity);
    const next = others.length < severities.length ? others : [...severities, severity];
    filters.value = { ...filters.value, severities: next };
  };
  return (
    <div class="severities" role="group" aria-label={t('filter.severities')}>
      {SEVERITIES.map((severity) => {
        const count = loud.filter((alert) => alert.severity === severity).length;
        return (
          <button
            key={severity}
            type="button"
            class={`chip sign-${severity}`}
            aria-pressed={severities.includes(severity)}
            aria-label={t('filter.severity', { severity: t(`severity.${severity}`), count })}
            onClick={() => toggle(severity)}
          >
            <Shape severity={severity} />
            {number(count)}
          </button>
        );
      })}
      <button
        type="button"
        class="chip"
        aria-pressed={mine}
        onClick={() => (filters.value = { ...filters.value, mine: !mine })}
      >
        {t('filter.mine')}
      </button>
    </div>
  );
}
