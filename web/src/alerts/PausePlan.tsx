/** What a pause of a venue would meet now: its figures, what stands against it, what is left. */

import { useEffect } from 'preact/hooks';

import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { evidenceName, hindranceName } from '../i18n/named.ts';
import { session } from '../model/session.ts';
import { usePolled } from '../parts/polled.ts';
import type { PausedShare, PausePreview } from '../wire/types.ts';
import { Fault } from '../parts/Fault.tsx';

const EVERY_MS = 5_000;

export interface PausePlanProps {
  readonly city: string;
  readonly venue: string;
  readonly onPreview?: (preview: PausePreview) => void;
}

export function PausePlan({ city, venue, onPreview }: PausePlanProps) {
  const read = () => session.api.pausePreview(city, venue);
  const { value, fault } = usePolled(`${city} ${venue}`, read, EVERY_MS);
  useEffect(() => {
    if (value !== null) onPreview?.(value);
  }, [value]);
  if (value === null)
    return fault === null ? <p class="plan quiet">{t('plan.looking')}</p> : <Fault of={fault} />;
  const byItself = value.hindered === null ? value.hindered_by_itself : null;
  return (
    <div class="plan">
      {value.hindered !== null && (
        <p class="plan-hindered">{t('plan.hindered', { why: hindranceName(value.hindered) })}</p>
      )}
      <p>{t('plan.pause', { minutes: value.minutes, orders: value.open_orders })}</p>
      {byItself !== null && (
        <p class="quiet">{t('plan.by_hand_only', { why: hindranceName(byItself) })}</p>
      )}
      <dl class="facts">
        {Object.entries(value.evidence).map(([name, figure]) => (
          <div key={name}>
            <dt>{evidenceName(name)}</dt>
            <dd>{number(figure, Number.isInteger(figure) ? 0 : 1)}</dd>
          </div>
        ))}
        <div>
          <dt>{t('plan.zone_paused')}</dt>
          <dd>{share(value.zone)}</dd>
        </div>
        <div>
          <dt>{t('plan.city_paused')}</dt>
          <dd>{share(value.whole_city)}</dd>
        </div>
        <div>
          <dt>{t('plan.left')}</dt>
          <dd>{number(value.left_this_hour)}</dd>
        </div>
      </dl>
    </div>
  );
}

function share({ paused, open, at_most }: PausedShare): string {
  return t('plan.share', { paused, open, at_most });
}
