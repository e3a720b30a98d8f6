/** One alert, living or ended: why, since when, who took it, every word on it, what was done. */

import { duration, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ActionRow } from '../alerts/ActionRow.tsx';
import { actionAsOf, alertAsOf } from '../alerts/as_of.ts';
import { Ends, SubjectOf } from '../alerts/Card.tsx';
import { Holder } from '../alerts/Holder.tsx';
import { Marks } from '../alerts/Marks.tsx';
import { Said } from '../alerts/Said.tsx';
import { Sign } from '../alerts/Sign.tsx';
import { TroubleLine } from '../alerts/TroubleLine.tsx';
import { raisedBy, reasonOf } from '../alerts/words.ts';
import { session } from '../model/session.ts';
import { cityModel, clock, serverNow } from '../model/signals.ts';
import { Fault } from '../parts/Fault.tsx';
import { useLive } from '../parts/live.ts';
import { usePolled } from '../parts/polled.ts';
import type { Alert } from '../wire/types.ts';
import { Fact, Facts } from './Facts.tsx';
import { Section } from './Rows.tsx';

const EVERY_MS = 10_000;

export function AlertDetail({ city, id }: { city: string; id: string }) {
  const held = useLive(() => cityModel(city).alerts.get(id), [city, id]);
  const key = held.value === undefined ? `${city} ${id}` : null;
  const { value, fault } = usePolled(key, () => session.api.alert(id), EVERY_MS);
  const then = clock.value.mode === 'replay' ? clock.value.at : null;
  const told = value === null || then === null ? value : alertAsOf(value, then);
  const alert = held.value ?? told;
  if (alert === null) {
    if (value !== null) return <p class="quiet">{t('detail.gone')}</p>;
    return fault === null ? <p class="quiet">{t('list.loading')}</p> : <Fault of={fault} />;
  }
  return <Whole alert={alert} />;
}

function Whole({ alert }: { alert: Alert }) {
  const reason = useLive(() => reasonOf(alert), [alert]);
  const firing = alert.state !== 'resolved';
  const { city, resolved_ts, started_ts, ended } = alert;
  const now = serverNow.peek();
  return (
    <>
      <p>
        <Sign severity={alert.severity} /> <SubjectOf alert={alert} />
      </p>
      <p>
        {reason}
        {firing && <Ends alert={alert} />}
      </p>
      <Facts>
        <Fact name={t('alert.began')}>{moment(started_ts, now)}</Fact>
        <Fact name={t('alert.raised')}>
          <Said city={city} said={raisedBy(alert)} words={alert.reason} />
        </Fact>
        {resolved_ts !== null && (
          <Fact name={t('alert.ended')}>
            {moment(resolved_ts, now)} ·{' '}
            {t('history.lasted', { span: duration((resolved_ts - started_ts) / 1000) })}
            {ended !== null && ` · ${t(`ending.${ended}`)}`}
          </Fact>
        )}
      </Facts>
      <Holder alert={alert} />
      {firing && (
        <p class="buttons">
          <Marks alerts={[alert]} />
        </p>
      )}
      <TroubleLine about={alert.id} />
      <Actions city={city} ids={alert.actions} />
      {alert.notes.length > 0 && (
        <Section
          title={t('alert.notes')}
          items={alert.notes}
          keyOf={(note) => `${note.ts} ${note.by}`}
          row={(note) => (
            <>
              <span class="quiet">
                {moment(note.ts, now)} · {t('note.by', { name: note.by })}
              </span>{' '}
              <bdi>{note.text}</bdi>
            </>
          )}
        />
      )}
    </>
  );
}

function Actions({ city, ids }: { city: string; ids: readonly string[] }) {
  const held = cityModel(city).actions;
  const missing = ids.filter((id) => held.get(id) === undefined);
  const key = missing.length === 0 ? null : missing.join();
  const read = () => Promise.all(missing.map((id) => session.api.action(id).catch(() => null)));
  const { value } = usePolled(key, read, EVERY_MS);
  const then = clock.value.mode === 'replay' ? clock.value.at : null;
  const told = (value ?? []).map((one) =>
    one === null || then === null ? one : actionAsOf(one, then),
  );
  const actions = [...ids.map((id) => held.get(id)), ...told].filter((one) => one != null);
  if (actions.length === 0) return null;
  return (
    <section class="section">
      <h3>{t('detail.actions')}</h3>
      {actions
        .sort((a, b) => b.created_ts - a.created_ts)
        .map((action) => (
          <ActionRow key={action.id} action={action} />
        ))}
    </section>
  );
}
