/** Who has an alert: seen by whom and since when, held by whom and since when; who muted it. */

import { moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Ago } from '../parts/Ago.tsx';
import type { Alert } from '../wire/types.ts';

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

/** The same for several: how many are taken, and by whom. */
export function Holders({ alerts }: { alerts: readonly Alert[] }) {
  const taken = alerts.filter((alert) => (alert.claimed_by ?? alert.acked_by) !== null);
  if (taken.length === 0) return null;
  const names = [...new Set(taken.map((alert) => alert.claimed_by ?? alert.acked_by ?? ''))];
  const params = { taken: taken.length, count: alerts.length, names: names.join(', ') };
  return <p class="holder">{t('holder.some', params)}</p>;
}
