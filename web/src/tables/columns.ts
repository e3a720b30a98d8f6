/** What the tables say of zones, venues, couriers and orders: their columns. */

import { clockTime, duration, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import type { CourierStatus, Order, Venue, Zone } from '../wire/types.ts';
import type { Column } from './DataTable.tsx';

/** A courier as the table shows him; `age` in seconds, null where no position is known. */
export interface CourierRow {
  readonly id: string;
  readonly status: CourierStatus;
  readonly silent: boolean;
  readonly carrying: boolean;
  readonly age: number | null;
}

/** A zone's or venue's name. */
export type NameOf = (id: string | null) => string | null;

const written = (value: number | null, digits: number): string | null =>
  value === null ? null : number(value, digits);
const lasting = (minutes: number | null): string | null =>
  minutes === null ? null : duration(minutes * 60);
const time = (ts: number | null): string | null => (ts === null ? null : clockTime(ts));

export const ZONES: readonly Column<Zone>[] = [
  { name: 'name', title: 'column.name', value: (zone) => zone.name || zone.zone_id },
  {
    name: 'ratio',
    title: 'column.ratio',
    value: (zone) => zone.ratio,
    cell: (zone) => number(zone.ratio, 2),
    number: true,
    descending: true,
  },
  {
    name: 'clear',
    title: 'column.clear',
    value: (zone) => zone.clear_min,
    cell: (zone) => lasting(zone.clear_min),
    number: true,
    descending: true,
  },
  {
    name: 'open',
    title: 'column.open',
    value: (zone) => zone.open,
    number: true,
    descending: true,
  },
  {
    name: 'waiting',
    title: 'column.waiting',
    value: (zone) => zone.waiting,
    number: true,
    descending: true,
  },
  {
    name: 'oldest',
    title: 'column.oldest',
    value: (zone) => (zone.waiting === 0 ? null : zone.oldest_wait_s),
    cell: (zone) => (zone.waiting === 0 ? null : duration(zone.oldest_wait_s)),
    number: true,
    descending: true,
  },
  { name: 'idle', title: 'column.idle', value: (zone) => zone.idle, number: true },
  {
    name: 'busy',
    title: 'column.busy',
    value: (zone) => zone.busy,
    number: true,
    descending: true,
  },
  {
    name: 'pushing',
    title: 'column.pushing',
    value: (zone) => zone.pushing?.expected ?? null,
    number: true,
    descending: true,
  },
];

export const venueColumns = (zoneName: NameOf): readonly Column<Venue>[] => [
  { name: 'name', title: 'column.name', value: (venue) => venue.name || venue.venue_id },
  {
    name: 'state',
    title: 'column.state',
    value: (venue) => t(venue.paused_by === null ? `map.venue.${venue.status}` : 'map.venue.ours'),
  },
  { name: 'zone', title: 'column.zone', value: (venue) => zoneName(venue.zone_id) },
  {
    name: 'open',
    title: 'column.open',
    value: (venue) => venue.open_orders,
    number: true,
    descending: true,
  },
  {
    name: 'overdue',
    title: 'column.overdue',
    value: (venue) => venue.overdue,
    number: true,
    descending: true,
  },
  {
    name: 'overrun',
    title: 'column.overrun',
    value: (venue) => venue.mean_overrun_min,
    cell: (venue) => lasting(venue.mean_overrun_min),
    number: true,
    descending: true,
  },
  {
    name: 'heartbeat',
    title: 'column.heartbeat',
    value: (venue) => venue.heartbeat_ts,
    cell: (venue) => time(venue.heartbeat_ts),
    number: true,
  },
];

export const COURIERS: readonly Column<CourierRow>[] = [
  { name: 'id', title: 'column.courier', value: (courier) => courier.id },
  {
    name: 'state',
    title: 'column.state',
    value: (courier) =>
      courier.silent
        ? `${t(`map.courier.${courier.status}`)}, ${t('map.fix.silent')}`
        : t(`map.courier.${courier.status}`),
  },
  {
    name: 'age',
    title: 'column.age',
    value: (courier) => courier.age,
    cell: (courier) => (courier.age === null ? null : duration(courier.age)),
    number: true,
    descending: true,
  },
  {
    name: 'carrying',
    title: 'column.carrying',
    value: (courier) => Number(courier.carrying),
    cell: (courier) => (courier.carrying ? '✓' : '–'),
    descending: true,
  },
];

export const orderColumns = (zoneName: NameOf, venueName: NameOf): readonly Column<Order>[] => [
  { name: 'id', title: 'column.id', value: (order) => order.order_id },
  { name: 'state', title: 'column.state', value: (order) => t(`map.state.${order.state}`) },
  {
    name: 'late',
    title: 'column.late',
    value: (order) => order.late_min,
    cell: (order) =>
      (order.late_min ?? 0) > 0 ? lasting(order.late_min) : written(order.late_min, 0),
    number: true,
    descending: true,
  },
  { name: 'venue', title: 'column.venue', value: (order) => venueName(order.venue_id) },
  { name: 'courier', title: 'column.courier', value: (order) => order.courier_id },
  { name: 'zone', title: 'column.zone', value: (order) => zoneName(order.zone_id) },
  {
    name: 'placed',
    title: 'column.placed',
    value: (order) => order.placed_ts,
    cell: (order) => time(order.placed_ts),
    number: true,
  },
  {
    name: 'promised',
    title: 'column.promised',
    value: (order) => order.promised_ts,
    cell: (order) => time(order.promised_ts),
    number: true,
  },
];
