/** A courier: what he does, how old his position is, what he brings, what he was asked. */

import { duration, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { stateName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cityModel, clock, serverNow } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { Fault } from '../parts/Fault.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { Action, ActionTarget, Courier } from '../wire/types.ts';
import { actionLine } from '../alerts/words.ts';
import { Fact, Facts } from './Facts.tsx';
import { AlertSection, Section } from './Rows.tsx';

const EVERY_MS = 2_000;
const PUSHES_EVERY_MS = 5_000;
const PUSHES = 20;

export function CourierDetail({ city, id }: { city: string; id: string }) {
  const live = clock.value.mode === 'live';
  const read = () => session.api.courier(city, id);
  const { value, fault } = usePolled(live ? `${city} ${id}` : null, read, EVERY_MS);
  const recorded = live ? null : cityModel(city).couriers.courier(id, serverNow.value);
  const courier: Courier | null = value ?? recorded;
  if (courier === null) {
    return fault === null ? <p class="quiet">{t('list.loading')}</p> : <Fault of={fault} />;
  }
  const orders = value?.order_ids ?? [];
  return (
    <>
      <Facts>
        <Fact name={t('courier.status')}>{t(`map.courier.${courier.status}`)}</Fact>
        <Fact name={t('courier.fix')}>
          {courier.ts === null ? (
            t('courier.no_fix')
          ) : (
            <>
              <Ago ts={courier.ts} />{' '}
              {courier.silent && <span class="late">{t('map.fix.silent')}</span>}
            </>
          )}
        </Fact>
        {courier.heard_ts !== null && (
          <Fact name={t('courier.heard')}>
            <Ago ts={courier.heard_ts} />
          </Fact>
        )}
        {courier.zone_id !== null && (
          <Fact name={t('field.zone')}>
            <Pick
              kind="zone"
              city={city}
              id={courier.zone_id}
              name={nameOf(city, 'zone', courier.zone_id)}
            />
          </Fact>
        )}
      </Facts>
      <Section
        title={t('courier.orders')}
        items={orders}
        total={courier.carrying}
        keyOf={(order) => order}
        row={(order) => <Pick kind="order" city={city} id={order} />}
      />
      <CourierAlerts city={city} id={id} />
      {live && <Pushes city={city} id={id} />}
    </>
  );
}

function CourierAlerts({ city, id }: { city: string; id: string }) {
  const found = useLive(
    () =>
      cityModel(city)
        .alerts.all()
        .filter((alert) => alert.about['courier'] === id),
    [city, id],
  );
  return <AlertSection alerts={found.value} within="courier" />;
}

/** What he was asked, and what he said. */
function Pushes({ city, id }: { city: string; id: string }) {
  const query = { city, courier: id, kind: 'push_couriers', limit: PUSHES };
  const { value } = usePolled(`${city} ${id}`, () => session.api.actions(query), PUSHES_EVERY_MS);
  if (value === null) return null;
  const asked = value.items.flatMap((action) =>
    action.targets.filter((target) => target.id === id).map((target) => ({ action, target })),
  );
  return (
    <Section
      title={t('courier.pushes')}
      items={asked}
      keyOf={({ target }) => target.key}
      row={({ action, target }) => <Asked city={city} action={action} target={target} />}
    />
  );
}

interface AskedProps {
  readonly city: string;
  readonly action: Action;
  readonly target: ActionTarget;
}

function Asked({ city, action, target }: AskedProps) {
  return (
    <>
      <Pick kind="action" city={city} id={action.id} name={actionLine(action)} />
      <span>{answerWords(target)}</span>
      {target.eta_s !== null && <span class="quiet">{duration(target.eta_s)}</span>}
      <span class="quiet row-rest">
        {target.sent_ts > 0 ? moment(target.sent_ts, serverNow.peek()) : stateName(action.state)}
      </span>
    </>
  );
}

/** What became of asking one courier. */
export function answerWords(target: ActionTarget): string {
  if (target.arrived_ts !== null) return t('target.arrived');
  if (target.answer !== null) return t(`target.answer.${target.answer}`);
  return t(`target.state.${target.state}`);
}
