/** One line about a thing on the map, in words. The same and more is in the tables and details. */

import { duration, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import type { Order, ShortageLimits, Venue, Zone } from '../wire/types.ts';
import { lateMinutes } from './orders.ts';
import { pressureOf } from './pressure.ts';
import { COURIER_STATUSES, SILENT, STATUS_BITS, type Fleet } from './sources.ts';
import { lookOf } from './venues.ts';

export function zoneTip(zone: Zone, limits: ShortageLimits, isOwn: boolean, nowMs: number): string {
  const text = t('map.tip.zone', {
    name: zone.name,
    open: zone.open,
    waiting: zone.waiting,
    on_shift: zone.on_shift,
    ratio: number(zone.ratio, 1),
  });
  const more = [text];
  const { ratio_raise: from, critical_ratio_raise: to, min_on_shift: least } = limits;
  if (isOwn) more.push(t('map.tip.limits', { from: number(from, 1), to: number(to, 1) }));
  if (pressureOf(zone, limits, nowMs).few) more.push(fewWords(least));
  if (zone.stale.length > 0) more.push(t('map.tip.stale'));
  return more.join(' · ');
}

/** That fewer couriers than `least` say nothing by their ratio. */
export function fewWords(least: number): string {
  return least === 1 ? t('map.few.none') : t('map.few', { least });
}

export function venueTip(venue: Venue, waiting: number, nowMs: number): string {
  const shape = lookOf(venue, waiting, nowMs)?.shape ?? venue.status;
  return t('map.tip.venue', {
    name: venue.name ?? venue.venue_id,
    status: t(`map.venue.${shape}`),
    open: venue.open_orders,
    overdue: venue.overdue,
    waiting,
  });
}

export function orderTip(order: Order, nowMs: number): string {
  const late = lateMinutes(order, nowMs);
  const words = late > 0 ? t('map.tip.late', { by: duration(late * 60) }) : t('map.order.on-time');
  return t('map.tip.order', { id: order.order_id, state: t(`map.state.${order.state}`), words });
}

/** A courier by his slot; '' where nobody is in it. */
export function courierTip(fleet: Fleet, slot: number, nowMs: number): string {
  const id = fleet.idAt(slot);
  const told = fleet.status[slot] ?? 0;
  const status = COURIER_STATUSES[told & STATUS_BITS];
  if (id === null || status === undefined) return '';
  const age = Math.max(0, nowMs - (fleet.stage[slot] ?? 0) * fleet.stageMs) / 1000;
  const words = t(`map.courier.${status}`);
  const silent = (told & SILENT) !== 0 ? `${t('map.fix.silent')} · ` : '';
  return `${silent}${t('map.tip.courier', { id, status: words, age: duration(age) })}`;
}
