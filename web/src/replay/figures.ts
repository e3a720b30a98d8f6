/** A recorded city in figures, counted from what is shown of it. Pure. */

import type { CityModel } from '../model/city.ts';
import { EMPTY, SILENT, STATUS_BITS } from '../wire/frames.ts';
import type { City } from '../wire/types.ts';

const IDLE = 0;
const OFF = 4;

/** The status column of the couriers, of which `size` slots are in use. */
export interface Statuses {
  readonly size: number;
  readonly status: Uint8Array;
}

/** The city's figures at `ts`; feeds and weather are not known of then. */
export function figuresOf(
  model: CityModel,
  { name, timezone }: Pick<City, 'name' | 'timezone'>,
  { size, status }: Statuses,
  ts: number,
): City {
  let [idle, busy, silent] = [0, 0, 0];
  for (let slot = 0; slot < size; slot++) {
    const told = status[slot] ?? EMPTY;
    const code = told & STATUS_BITS;
    if (code >= OFF) continue;
    if (code === IDLE) idle += 1;
    else busy += 1;
    if ((told & SILENT) !== 0) silent += 1;
  }
  let [open, waiting, late] = [0, 0, 0];
  for (const order of model.orders.all()) {
    if (order.open) open += 1;
    if (order.waiting) waiting += 1;
    if (order.open && order.promised_ts !== null && order.promised_ts < ts) late += 1;
  }
  return {
    city: model.slug,
    name,
    timezone,
    zones: model.zones.size,
    couriers: idle + busy,
    idle,
    busy,
    silent,
    orders: model.orders.size,
    open,
    waiting,
    late,
    venues: model.venues.size,
    outside_couriers: 0,
    outside_orders: 0,
    streams: {},
    weather: null,
    alerts: {},
    ts,
    watchers: 0,
  };
}
