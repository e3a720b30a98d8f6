/**
 * The very things behind a figure, ordered by what matters: what waits and is late first. Pure.
 */

import type { CityModel } from '../model/city.ts';
import { STATUSES } from '../model/couriers.ts';
import type { Courier, Order, Venue, ZoneDetail } from '../wire/types.ts';

/** How late an order is at `now`, min; below 0 there is time left, null without a promise. */
export function lateMin(order: Order, now: number): number | null {
  if (order.promised_ts === null) return null;
  const until = order.delivered_ts ?? order.cancelled_ts ?? now;
  return (until - order.promised_ts) / 60_000;
}

/** Waiting ones first, then by how late they are. */
export function byNeed(now: number): (a: Order, b: Order) => number {
  return (a, b) =>
    Number(b.waiting) - Number(a.waiting) ||
    (lateMin(b, now) ?? -Infinity) - (lateMin(a, now) ?? -Infinity) ||
    (a.placed_ts ?? 0) - (b.placed_ts ?? 0);
}

/** Free ones first, those off shift last. */
export function byStatus(a: Courier, b: Courier): number {
  return (
    Number(a.silent) - Number(b.silent) ||
    STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
    (a.courier_id < b.courier_id ? -1 : 1)
  );
}

/** Those with orders past their promise first, then the busiest. */
export function byTrouble(a: Venue, b: Venue): number {
  return (
    b.overdue - a.overdue || b.open_orders - a.open_orders || (a.venue_id < b.venue_id ? -1 : 1)
  );
}

/** A zone with what is in it, from what the page holds: in a replay there is nobody to ask. */
export function zoneFromModel(model: CityModel, id: string, now: number): ZoneDetail | null {
  const zone = model.zones.peek(id);
  if (zone === undefined) return null;
  const venues = model.venues.all().filter((venue) => venue.zone_id === id);
  const couriers = model.couriers;
  const inZone: Courier[] = [];
  for (let slot = 0; slot < couriers.size; slot++) {
    const courier = couriers.idAt(slot);
    if (courier === null || couriers.zoneAt(slot) !== id) continue;
    const row = couriers.courier(courier, now);
    if (row !== null && row.status !== 'off') inZone.push(row);
  }
  return {
    zone,
    orders: model.orders.all().filter((order) => order.open && order.zone_id === id),
    couriers: inZone,
    venues,
    venue_count: venues.length,
  };
}
