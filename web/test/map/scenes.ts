/** Things for tests of the map, each with what the test says and something plain for the rest. */

import { NOBODY, type Fleet } from '../../src/map/sources.ts';
import type { Box, Order, Venue, Zone } from '../../src/wire/types.ts';
import { order as anyOrder } from '../support/things.ts';

export const NOW = 1_767_607_800_000;

export function zone(told: Partial<Zone> = {}): Zone {
  return {
    zone_id: 'centrs',
    name: 'Centrs',
    lon: 24.1,
    lat: 56.95,
    idle: 5,
    busy: 5,
    on_shift: 10,
    open: 5,
    waiting: 0,
    oldest_wait_s: 0,
    ratio: 0.5,
    clear_min: 10,
    stale: [],
    pushing: null,
    ts: NOW,
    ...told,
  };
}

export function venue(told: Partial<Venue> = {}): Venue {
  return {
    venue_id: 'v1',
    name: 'Ezītis',
    client_id: null,
    lon: 24.1,
    lat: 56.95,
    zone_id: 'centrs',
    status: 'open',
    until_ts: null,
    takes_orders: true,
    heartbeat_ts: NOW,
    open_orders: 0,
    overdue: 0,
    mean_overrun_min: null,
    prep_minutes: 15,
    paused_by: null,
    ...told,
  };
}

/** One that is under way on the map: it has two places and is promised. */
export function order(told: Partial<Order> = {}): Order {
  return anyOrder({
    lat: 56.95,
    dropoff_lon: 24.12,
    dropoff_lat: 56.96,
    placed_ts: NOW - 600_000,
    promised_ts: NOW + 600_000,
    ...told,
  });
}

export interface Rider {
  readonly lon: number;
  readonly lat: number;
  readonly status?: number;
}

/** Couriers at places in a box, `c0`, `c1` … by slot. */
export function fleet(riders: readonly Rider[], box: Box = [24, 56.8, 24.4, 57.1]): Fleet {
  const [west, south, east, north] = box;
  const step = (at: number, low: number, high: number): number =>
    Math.round(((at - low) / (high - low)) * 65_535);
  return {
    ...NOBODY,
    size: riders.length,
    box,
    x: Uint16Array.from(riders, ({ lon }) => step(lon, west, east)),
    y: Uint16Array.from(riders, ({ lat }) => step(lat, south, north)),
    status: Uint8Array.from(riders, ({ status }) => status ?? 0),
    stage: new Int32Array(riders.length),
    idAt: (slot) => (slot < riders.length ? `c${slot}` : null),
    slotOf: (id) => Number(id.slice(1)),
  };
}
