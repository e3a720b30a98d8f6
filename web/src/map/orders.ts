/**
 * Which open orders are shown as lines from their venue to their customer, and how late they are.
 * Drawing is `lines.ts`'.
 */

import type { Mark } from '../style/palettes.ts';
import type { Order } from '../wire/types.ts';
import type { MapFilter, Pick } from './sources.ts';

/** An order's line: from where to where in degrees, minutes late by now (0: in time). */
export interface OrderLine {
  readonly id: string;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly lateMin: number;
  readonly lateness: Lateness;
}

export type Lateness = 'on-time' | 'late' | 'very-late';
export const LATENESS_MARKS: Readonly<Record<Lateness, Mark>> = {
  'on-time': 'order-on-time',
  late: 'order-late',
  'very-late': 'order-very-late',
};
/** Lines, then gaps, in CSS pixels: lateness by more than a colour. */
export const LATENESS_DASHES: Readonly<Record<Lateness, readonly number[]>> = {
  'on-time': [],
  late: [10, 5],
  'very-late': [3, 4],
};
export const VERY_LATE_MIN = 10; // as the rule `order_late` comes
/** More lines than this are a ball of wool: the latest ones are shown. */
const MOST = 300;

/** The lines of what is selected, or of what a search means, the latest last (on top). */
export function linesOf(
  orders: Iterable<Order>,
  selection: Pick | null,
  filter: MapFilter,
  nowMs: number,
): OrderLine[] {
  const lines: OrderLine[] = [];
  if (selection === null && filter.orders === null) return lines;
  for (const order of orders) {
    const chosen = selection !== null && belongs(order, selection);
    if (!chosen && !(order.open && filter.orders?.has(order.order_id) === true)) continue;
    const { lon, lat, dropoff_lon, dropoff_lat } = order;
    if (lon === null || lat === null || dropoff_lon === null || dropoff_lat === null) continue;
    const lateMin = lateMinutes(order, nowMs);
    const lateness = lateMin >= VERY_LATE_MIN ? 'very-late' : lateMin > 0 ? 'late' : 'on-time';
    const [from, to] = [[lon, lat], [dropoff_lon, dropoff_lat]] as const;
    lines.push({ id: order.order_id, from, to, lateMin, lateness });
  }
  return lines.sort((a, b) => a.lateMin - b.lateMin || (a.id < b.id ? -1 : 1)).slice(-MOST);
}

/** Whether an order is behind what is selected: open ones, and an order by itself always. */
function belongs(order: Order, { kind, id }: Pick): boolean {
  if (kind === 'order') return order.order_id === id;
  if (!order.open) return false;
  if (kind === 'zone') return order.zone_id === id;
  return (kind === 'venue' ? order.venue_id : order.courier_id) === id;
}

/** Minutes past what the client was promised: by now while it is open, else as it ended. */
export function lateMinutes(order: Order, nowMs: number): number {
  if (order.open && order.promised_ts !== null) {
    return Math.max(0, (nowMs - order.promised_ts) / 60_000);
  }
  return order.late_min ?? 0;
}
