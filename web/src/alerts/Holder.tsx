/** Who has an alert: seen by whom and since when, held by whom and since when; who muted it. */

import { moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Ago } from '../parts/Ago.tsx';
import type { Alert } from '../wire/types.ts';
import { peopleOf } from './grouping.ts';

/** A line that appears gently when somebody takes the alert. */
export function Holder({ alert }: { alert: Alert }) {
  const { claimed_by, claimed_ts, acked_by, acked_ts, acked_until_ts } = alert;
  if (claimed_by !== null) {
    return (
      <p class="holder holder-claimed" key={`claim ${claimed_by} ${claimed_ts}`}>
        {t('holder.claimed', { name: claimed_by })}
        {claimed_ts !== null && (
          <>
            {' · '}
            <Ago ts={claimed_ts} />
          </>
        )}
      </p>
    );
  }
  if (acked_by === null) return null;
  return (
    <p class="holder" key={`ack ${acked_by} ${acked_ts}`}>
      {t('holder.acked', { name: acked_by })}
      {acked_ts !== null && (
        <>
          {' · '}
          <Ago ts={acked_ts} />
        </>
      )}
      {acked_until_ts !== null && (
        <span class="quiet">
          {' · '}
          {t('holder.until', { time: moment(acked_until_ts, acked_until_ts) })}
        </span>
      )}
    </p>
  );
}

/** The same for several: how many are taken, how many of the others are seen, and by whom. */
export function Holders({ alerts }: { alerts: readonly Alert[] }) {
  const { taken, seen } = peopleOf(alerts);
  const words = (key: 'holder.some_taken' | 'holder.some_seen', by: readonly string[]): string =>
    t(key, { some: by.length, count: alerts.length, names: [...new Set(by)].join(', ') });
  const parts = [
    ...(taken.length > 0 ? [words('holder.some_taken', taken)] : []),
    ...(seen.length > 0 ? [words('holder.some_seen', seen)] : []),
  ];
  return parts.length === 0 ? null : <p class="holder">{parts.join(' · ')}</p>;
}
