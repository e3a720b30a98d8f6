/** Orders, couriers, venues and alerts as short lists: the first 200, and how many there are. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { duration, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ruleName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import { serverNow } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import { byUrgency } from '../alerts/grouping.ts';
import { SubjectOf } from '../alerts/Card.tsx';
import { Shape } from '../alerts/Sign.tsx';
import { Button } from '../parts/Button.tsx';
import type { Alert, Courier, Order, SubjectKind, Venue } from '../wire/types.ts';
import { lateMin } from './behind.ts';

export const ROWS_SHOWN = 200;
const ALERTS_AT_FIRST = 6;

interface SectionProps<T> {
  readonly title: string;
  readonly items: readonly T[];
  /** How many there are, where not all came. */
  readonly total?: number;
  readonly row: (item: T) => ComponentChildren;
  readonly keyOf: (item: T) => string;
  /** What stands below in place of how many more there are. */
  readonly more?: ComponentChildren;
}

/** A list under its heading with its count; it says so where it is empty. */
export function Section<T>(props: SectionProps<T>) {
  const { title, items, total = items.length, row, keyOf } = props;
  const shown = items.slice(0, ROWS_SHOWN);
  return (
    <section class="section">
      <h3>
        {title} <span class="count">{number(total)}</span>
      </h3>
      {items.length === 0 ? (
        <p class="quiet">{t('list.none')}</p>
      ) : (
        <ul class="rows">
          {shown.map((item) => (
            <li key={keyOf(item)}>{row(item)}</li>
          ))}
        </ul>
      )}
      {props.more ??
        (total > shown.length && (
          <p class="quiet">{t('list.more', { count: total - shown.length })}</p>
        ))}
    </section>
  );
}

/** How late an order is, or how long it has left. */
export function Lateness({ order }: { order: Order }) {
  const minutes = useLive(() => lateMin(order, serverNow.value), [order]);
  const late = minutes.value;
  if (late === null) return <span class="quiet lateness">{t('order.no_promise')}</span>;
  if (late <= 0) {
    const over = order.delivered_ts !== null || order.cancelled_ts !== null;
    if (over) return <span class="quiet lateness">{t('order.in_time')}</span>;
    return <span class="quiet lateness">{t('order.left', { left: duration(-late * 60) })}</span>;
  }
  return (
    <span class={`lateness late ${late >= 10 ? 'late-very' : ''}`}>
      {t('order.late', { by: duration(late * 60) })}
    </span>
  );
}

export function OrderRow({
  city,
  order,
  place = true,
}: {
  city: string;
  order: Order;
  place?: boolean;
}) {
  return (
    <>
      <Pick kind="order" city={city} id={order.order_id} />
      <span>{order.waiting ? t('order.waits') : t(`map.state.${order.state}`)}</span>
      <Lateness order={order} />
      {place && order.venue_id !== null && (
        <span class="row-rest row-gives">
          <Pick
            kind="venue"
            city={city}
            id={order.venue_id}
            name={nameOf(city, 'venue', order.venue_id)}
          />
        </span>
      )}
    </>
  );
}

export function CourierRow({ city, courier }: { city: string; courier: Courier }) {
  return (
    <>
      <Pick kind="courier" city={city} id={courier.courier_id} />
      <span>{courier.silent ? t('map.fix.silent') : t(`map.courier.${courier.status}`)}</span>
      {courier.carrying > 0 && (
        <span class="quiet">{t('courier.carries', { count: courier.carrying })}</span>
      )}
      <span class="quiet row-rest">
        {courier.ts === null ? t('courier.no_fix') : <Ago ts={courier.ts} />}
      </span>
    </>
  );
}

export function VenueRow({ city, venue }: { city: string; venue: Venue }) {
  return (
    <>
      <Pick kind="venue" city={city} id={venue.venue_id} name={venue.name ?? venue.venue_id} />
      <span>{t(`map.venue.${venue.status}`)}</span>
      {venue.overdue > 0 && (
        <span class="late">{t('venue.overdue', { count: venue.overdue })}</span>
      )}
      <span class="quiet row-rest">{t('venue.open_orders', { count: venue.open_orders })}</span>
    </>
  );
}

/** Alerts of what is looked at, the most urgent first; a long list begins short. */
export function AlertSection({
  alerts,
  within,
}: {
  alerts: readonly Alert[];
  within: SubjectKind;
}) {
  const [whole, showWhole] = useState(false);
  if (alerts.length === 0) return null;
  const sorted = alerts.toSorted(byUrgency);
  return (
    <Section
      title={t('region.alerts')}
      items={whole ? sorted : sorted.slice(0, ALERTS_AT_FIRST)}
      total={alerts.length}
      keyOf={(alert) => alert.id}
      row={(alert) => <AlertRow alert={alert} within={within} />}
      more={
        whole || alerts.length <= ALERTS_AT_FIRST ? null : (
          <Button kind="quiet" onPress={() => showWhole(true)}>
            {t('list.all', { count: alerts.length })}
          </Button>
        )
      }
    />
  );
}

function AlertRow({ alert, within }: { alert: Alert; within: SubjectKind }) {
  return (
    <>
      <Shape severity={alert.severity} />
      <span class="visually-hidden">{t(`severity.${alert.severity}`)}</span>
      <Pick kind="alert" city={alert.city} id={alert.id} name={ruleName(alert.rule)} />
      <span class="row-gives">
        <SubjectOf alert={alert} within={within} />
      </span>
      <span class="quiet row-rest">
        <Ago ts={alert.started_ts} />
      </span>
    </>
  );
}
