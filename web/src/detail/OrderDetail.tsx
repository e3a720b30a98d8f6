/** An order: how it stands, and its whole story as a time line, with what was done and by whom. */

import { duration, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ruleName } from '../i18n/named.ts';
import { PushButton } from '../alerts/Card.tsx';
import { Said } from '../alerts/Said.tsx';
import { saidIn } from '../alerts/said.ts';
import { Shape } from '../alerts/Sign.tsx';
import { byWhom } from '../alerts/words.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cityModel, clock, may, serverNow } from '../model/signals.ts';
import { Fault } from '../parts/Fault.tsx';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { Action, Alert, OrderDetail as Order } from '../wire/types.ts';
import { Fact, Facts } from './Facts.tsx';
import { Lateness } from './Rows.tsx';
import { storyOf, type Entry } from './story.ts';

const EVERY_MS = 2_000;
const MOST = 50; // alerts or actions of one order

interface Found {
  readonly order: Order;
  readonly alerts: readonly Alert[];
  readonly actions: ReadonlyMap<string, Action>;
}

export function OrderDetail({ city, id }: { city: string; id: string }) {
  const live = clock.value.mode === 'live';
  const { value, fault } = usePolled(live ? `${city} ${id}` : null, () => read(city, id), EVERY_MS);
  const found = value ?? (live ? null : recorded(city, id));
  if (found === null) {
    return fault === null ? <p class="quiet">{t('list.loading')}</p> : <Fault of={fault} />;
  }
  const { order } = found;
  return (
    <>
      <Facts>
        <Fact name={t('order.state')}>
          {order.waiting ? t('order.waits') : t(`map.state.${order.state}`)}
          {' · '}
          <Lateness order={order} />
        </Fact>
        {order.venue_id !== null && (
          <Fact name={t('field.venue')}>
            <Pick
              kind="venue"
              city={city}
              id={order.venue_id}
              name={nameOf(city, 'venue', order.venue_id)}
            />
          </Fact>
        )}
        <Fact name={t('field.courier')}>
          {order.courier_id === null ? (
            t('order.no_courier')
          ) : (
            <Pick kind="courier" city={city} id={order.courier_id} />
          )}
        </Fact>
        {order.zone_id !== null && (
          <Fact name={t('field.zone')}>
            <Pick
              kind="zone"
              city={city}
              id={order.zone_id}
              name={nameOf(city, 'zone', order.zone_id)}
            />
          </Fact>
        )}
        <Fact name={t('order.payment')}>{t(`payment.${order.payment}`)}</Fact>
        {order.problem !== null && (
          <Fact name={t('order.problem')}>
            <span class="late">{t(`problem.${order.problem}`)}</span>
          </Fact>
        )}
      </Facts>
      {order.waiting && may('watcher') && (
        <p class="buttons">
          <PushButton city={city} of="order" id={id} />
        </p>
      )}
      <Story city={city} {...found} />
    </>
  );
}

/** The order with all that its story is made of. */
async function read(city: string, id: string): Promise<Found> {
  const query = { city, order: id, limit: MOST };
  const [order, firing, ended] = await Promise.all([
    session.api.order(city, id),
    session.api.alerts(query),
    session.api.alerts({ ...query, state: 'resolved' }),
  ]);
  const ids = new Set(order.doing.flatMap(({ action_id }) => action_id ?? []));
  const held = cityModel(city).actions;
  const actions = new Map<string, Action>();
  for (const action_id of [...ids].slice(0, MOST)) {
    const known = held.peek(action_id);
    // One that is over long ago and forgotten is told by the words alone.
    const action = known ?? (await session.api.action(action_id).catch(() => null));
    if (action !== null) actions.set(action_id, action);
  }
  return { order, alerts: [...firing.items, ...ended.items], actions };
}

/** What a recording shows of it. */
function recorded(city: string, id: string): Found | null {
  const model = cityModel(city);
  const order = model.orders.get(id);
  if (order === undefined) return null;
  const alerts = model.alerts.all().filter((alert) => alert.about['order'] === id);
  return { order: { ...order, doing: [] }, alerts, actions: new Map() };
}

function Story({ city, order, alerts, actions }: Found & { city: string }) {
  const now = serverNow.value;
  const entries = storyOf(order, alerts, actions);
  return (
    <section class="section">
      <h3>{t('order.story')}</h3>
      <ol class="story">
        {entries.map((entry, at) => (
          <li
            key={`${entry.ts} ${entry.kind} ${at}`}
            class={`story-${entry.kind} ${entry.ts > now ? 'story-ahead' : ''}`}
          >
            <time dateTime={new Date(entry.ts).toISOString()}>{moment(entry.ts, now)}</time>
            <div>
              <Line city={city} entry={entry} />
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Line({ city, entry }: { city: string; entry: Entry }) {
  switch (entry.kind) {
    case 'step':
      return (
        <>
          <strong>{t(`step.${entry.step}`)}</strong>{' '}
          {entry.lateS !== null && entry.lateS >= 60 && (
            <span class="late">{t('order.late', { by: duration(entry.lateS) })}</span>
          )}
        </>
      );
    case 'promise':
      return <span class="quiet">{t(`promise.${entry.of}`)}</span>;
    case 'alert':
      return (
        <>
          <Shape severity={entry.alert.severity} />{' '}
          <Pick kind="alert" city={city} id={entry.alert.id} name={ruleName(entry.alert.rule)} />
        </>
      );
    case 'alert_ended':
      return (
        <span class="quiet">
          {t('story.alert_ended', { rule: ruleName(entry.alert.rule) })}
          {entry.alert.ended !== null && ` · ${t(`ending.${entry.alert.ended}`)}`}
        </span>
      );
    case 'taken':
      return <>{t(`holder.${entry.how}`, { name: entry.by })}</>;
    case 'note':
      return (
        <>
          <span class="quiet">{t('note.by', { name: entry.by })}</span> <bdi>{entry.text}</bdi>
        </>
      );
    case 'doing': {
      const { said, words, state } = entry.doing;
      const why = state === 'hindered' ? saidIn(city, said) : null;
      return (
        <>
          {why === null ? (
            <Said city={city} said={said} words={words} />
          ) : (
            t('trouble.line', { why })
          )}
          {entry.action !== null && (
            <span class="quiet">
              {' '}
              <Pick
                kind="action"
                city={city}
                id={entry.action.id}
                name={t('thing.action')}
              /> · {byWhom(entry.action.approved_by ?? entry.action.by)}
            </span>
          )}
        </>
      );
    }
  }
}
