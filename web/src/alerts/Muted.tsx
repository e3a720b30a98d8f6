/**
 * Alerts that live without ringing: silenced by a person, or explained by another alert. And the
 * silences themselves: whose, why, until when, what they hid; each can be ended.
 */

import { clockTime, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { fieldName, ruleName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cities, cityModel, clock, filters, may, shownCity } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { Button } from '../parts/Button.tsx';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { Alert, Silence } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { SubjectOf } from './Card.tsx';
import type { Group } from './grouping.ts';
import { Shape } from './Sign.tsx';
import { TroubleLine } from './TroubleLine.tsx';

const SILENCES_EVERY_MS = 5_000;
const SHOWN = 50;

export function Muted({ groups }: { groups: readonly Group[] }) {
  const open = filters.value.muted;
  const alerts = groups.flatMap((group) => group.alerts);
  const key = clock.value.mode === 'live' ? (shownCity.value ?? 'all') : null;
  const { value } = usePolled(
    key,
    () => session.api.silences(shownCity.value ?? undefined),
    SILENCES_EVERY_MS,
  );
  const silences = value?.items ?? [];
  if (alerts.length === 0 && silences.length === 0) return null;
  return (
    <section class="muted">
      <h3>
        <button
          type="button"
          class="fold"
          aria-expanded={open}
          onClick={() => (filters.value = { ...filters.value, muted: !open })}
        >
          {t('muted.title', { count: alerts.length, silences: silences.length })}
        </button>
      </h3>
      {open && (
        <>
          {silences.map((silence) => (
            <SilenceRow key={silence.id} silence={silence} />
          ))}
          <ul class="muted-list">
            {alerts.slice(0, SHOWN).map((alert) => (
              <MutedRow key={alert.id} alert={alert} />
            ))}
          </ul>
          {alerts.length > SHOWN && (
            <p class="quiet">{t('list.more', { count: alerts.length - SHOWN })}</p>
          )}
        </>
      )}
    </section>
  );
}

function MutedRow({ alert }: { alert: Alert }) {
  const explained = alert.inhibited_by;
  return (
    <li>
      <p>
        <Shape severity={alert.severity} /> {ruleName(alert.rule)} ·{' '}
        <SubjectOf alert={alert} />{' '}
        <span class="quiet">
          <Ago ts={alert.started_ts} />
        </span>
      </p>
      {explained !== null && (
        <p class="quiet">
          {t('muted.explained')}{' '}
          <Pick
            kind="alert"
            city={alert.city}
            id={explained}
            name={ruleName(cityModel(alert.city).alerts.peek(explained)?.rule ?? explained)}
          />
        </p>
      )}
    </li>
  );
}

function SilenceRow({ silence }: { silence: Silence }) {
  const { id, city, by, reason, until_ts, hidden, matchers } = silence;
  const what = matchers.map(({ field, value }) => {
    const shown =
      field === 'rule'
        ? ruleName(value)
        : field === 'zone' || field === 'venue'
          ? nameOf(city, field, value)
          : value;
    return t('silence.matcher', { field: fieldName(field), value: shown });
  });
  return (
    <div class="silence">
      <p>
        <strong>{what.join(' · ')}</strong>
        {shownCity.value === null && cities.value.size > 1 && <span class="quiet"> · {city}</span>}
      </p>
      <p class="quiet">
        {t('silence.line', { by, time: clockTime(until_ts), hidden: number(hidden) })}{' '}
        <bdi>{reason}</bdi>
      </p>
      {may('watcher') && (
        <p class="buttons">
          <Button
            acts
            busy={underWay.value.has(id)}
            label={t('button.about', { text: t('button.unsilence'), name: what.join(' · ') })}
            onPress={() => void act(id, city, 'unsilence', { silence_id: id })}
          >
            {t('button.unsilence')}
          </Button>
        </p>
      )}
      <TroubleLine about={id} />
    </div>
  );
}
