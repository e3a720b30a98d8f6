/** An invented city in the demo's zones: couriers that ride, venues, orders; the same every time. */

import type { FeatureCollection } from 'geojson';

import { boundsOf, shapeAt, shapesOf, type Shape } from '../src/map/shapes.ts';
import { lonAt, latAt, worldX, worldY } from '../src/map/mercator.ts';
import { AT_VENUE, EMPTY, SILENT, type Fleet } from '../src/map/sources.ts';
import type { Box, Order, Venue, Zone } from '../src/wire/types.ts';

/** Numbers from 0 to 1 by mulberry32. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const STAGE_MS = 2_000;

/** Couriers that ride; a quarter of a second is one step, a fifth of them send a fix in it. */
export class Riders implements Fleet {
  revision = 0;
  readonly x: Uint16Array;
  readonly y: Uint16Array;
  readonly status: Uint8Array;
  readonly stage: Int32Array;
  readonly stageMs = STAGE_MS;
  readonly #at: Float64Array;
  readonly #way: Float64Array;
  readonly #random: () => number;
  #turn = 0;

  constructor(
    readonly size: number,
    readonly box: Box,
    shapes: readonly Shape[],
    now: number,
  ) {
    this.#random = chance(size);
    const random = this.#random;
    this.x = new Uint16Array(size);
    this.y = new Uint16Array(size);
    this.status = new Uint8Array(size);
    this.stage = new Int32Array(size);
    this.#at = new Float64Array(size * 2);
    this.#way = new Float64Array(size * 2);
    for (let slot = 0; slot < size; slot++) {
      const shape = shapes[Math.floor(random() ** 1.4 * shapes.length)]!;
      const [u, v] = [(random() + random()) / 2, (random() + random()) / 2];
      const lon = lonAt(shape.west + u * (shape.east - shape.west));
      const lat = latAt(shape.north + v * (shape.south - shape.north));
      const [west, south, east, north] = box;
      this.#at[2 * slot] = ((lon - west) / (east - west)) * 65535;
      this.#at[2 * slot + 1] = ((lat - south) / (north - south)) * 65535;
      const angle = random() * 2 * Math.PI;
      const speed = random() * 6;
      this.#way[2 * slot] = Math.cos(angle) * speed;
      this.#way[2 * slot + 1] = Math.sin(angle) * speed;
      const kind = random();
      const code = kind < 0.3 ? 0 : kind < 0.5 ? 1 : kind < 0.62 ? AT_VENUE : kind < 0.97 ? 3 : 4;
      this.status[slot] = code;
      const age = random();
      const old = age < 0.9 ? random() * 15 : age < 0.97 ? 20 + random() * 35 : 200;
      if (old > 60 && code !== 4) this.status[slot] = code | SILENT;
      this.stage[slot] = Math.floor((now - old * 1000) / STAGE_MS);
      if (random() < 0.01) this.status[slot] = EMPTY;
    }
    this.#place();
  }

  /** A quarter of a second later. */
  ride(now: number): void {
    this.#turn = (this.#turn + 1) % 5;
    for (let slot = this.#turn; slot < this.size; slot += 5) {
      const told = this.status[slot]!;
      if ((told & SILENT) !== 0 || told >= 4 || told === AT_VENUE) continue;
      for (const axis of [0, 1]) {
        const at = 2 * slot + axis;
        this.#at[at] = this.#at[at]! + this.#way[at]! * 5;
        if (this.#at[at]! < 0 || this.#at[at]! > 65535) this.#way[at] = -this.#way[at]!;
      }
      this.stage[slot] = Math.floor(now / STAGE_MS);
    }
    this.#place();
    this.revision += 1;
  }

  idAt(slot: number): string | null {
    return slot < this.size ? `c-${slot}` : null;
  }

  slotOf(id: string): number {
    return Number(id.slice(2));
  }

  #place(): void {
    for (let slot = 0; slot < this.size; slot++) {
      this.x[slot] = Math.max(0, Math.min(65535, this.#at[2 * slot]!));
      this.y[slot] = Math.max(0, Math.min(65535, this.#at[2 * slot + 1]!));
    }
  }
}

/** The box of the zones and a quarter of it on every side, as the server has it. */
export function boxAround(shapes: readonly Shape[]): Box {
  const [west, south, east, north] = boundsOf(shapes) ?? [0, 0, 1, 1];
  const [wide, high] = [(east - west) / 4, (north - south) / 4];
  return [west - wide, south - high, east + wide, north + high];
}

export function zonesIn(collection: FeatureCollection, now: number, shift = 0): Zone[] {
  const random = chance(7);
  return shapesOf(collection).map((shape, at) => {
    const feature = collection.features[at];
    const [x, y] = middle(shape);
    const ratio = Math.max(0, [0.3, 0.8, 1.2, 1.7, 2.3][at % 5]! + random() * 0.3 - 0.1 + shift);
    const onShift = 6 + Math.floor(random() * 60);
    return {
      zone_id: shape.id,
      name: String(feature?.properties?.['name'] ?? shape.id),
      lon: lonAt(x),
      lat: latAt(y),
      idle: Math.floor(onShift / 3),
      busy: onShift - Math.floor(onShift / 3),
      on_shift: onShift,
      open: Math.round(onShift * ratio),
      waiting: Math.round(onShift * ratio * 0.2),
      oldest_wait_s: ratio * 60,
      ratio,
      clear_min: ratio * 14 + random() * 4,
      stale: at === 9 ? ['couriers'] : [],
      pushing: at === 4 ? { actions: ['a'], expected: 6, accepted: 2 } : null,
      ts: now,
    };
  });
}

/** A point well inside: of a grid's points that lie within, the middle one. */
function middle(shape: Shape): readonly [number, number] {
  const inner: (readonly [number, number])[] = [];
  for (let row = 1; row < 12; row++) {
    for (let column = 1; column < 12; column++) {
      const x = shape.west + ((shape.east - shape.west) * column) / 12;
      const y = shape.north + ((shape.south - shape.north) * row) / 12;
      if (shapeAt([shape], x, y) !== null) inner.push([x, y]);
    }
  }
  const sum = inner.reduce(([a, b], [x, y]) => [a + x, b + y] as const, [0, 0] as const);
  const [cx, cy] = [sum[0] / inner.length, sum[1] / inner.length];
  const far = ([x, y]: readonly [number, number]): number => (x - cx) ** 2 + (y - cy) ** 2;
  return inner.reduce((best, one) => (far(one) < far(best) ? one : best), inner[0] ?? [0, 0]);
}

export function venuesIn(shapes: readonly Shape[], count: number, now: number): Venue[] {
  const random = chance(11);
  return Array.from({ length: count }, (_, at) => {
    const shape = shapes[at % shapes.length]!;
    const [cx, cy] = middle(shape);
    const lon = lonAt(cx + (random() - 0.5) * (shape.east - shape.west) * 0.7);
    const lat = latAt(cy + (random() - 0.5) * (shape.south - shape.north) * 0.7);
    const kind = random();
    const status =
      kind < 0.8 ? 'open' : kind < 0.9 ? 'busy' : kind < 0.94 ? 'paused' : 'closed';
    const slow = random();
    return {
      venue_id: `v-${at}`,
      name: `Venue ${at}`,
      client_id: null,
      lon,
      lat,
      zone_id: shapeAt(shapes, worldX(lon), worldY(lat))?.id ?? null,
      status,
      until_ts: null,
      takes_orders: status === 'open' || status === 'busy',
      heartbeat_ts: random() < 0.03 ? now - 400_000 : now,
      open_orders: Math.floor(random() * 12),
      overdue: slow > 0.9 ? Math.floor(random() * 6) : 0,
      mean_overrun_min: slow > 0.85 ? 6 + random() * 14 : random() * 4,
      prep_minutes: 15,
      paused_by: kind >= 0.92 && kind < 0.94 ? { action_id: 'a', until_ts: null } : null,
    } as const;
  });
}

export function ordersOf(venues: readonly Venue[], count: number, now: number): Order[] {
  const random = chance(13);
  return Array.from({ length: count }, (_, at) => {
    const venue = venues[at % venues.length]!;
    const late = random() < 0.3 ? random() * 20 : -random() * 20;
    return {
      order_id: `o-${at}`,
      venue_id: venue.venue_id,
      courier_id: random() < 0.7 ? `c-${at}` : null,
      client_id: null,
      zone_id: venue.zone_id,
      state: 'accepted',
      open: true,
      waiting: false,
      orphan: false,
      payment: 'paid',
      problem: null,
      lon: venue.lon,
      lat: venue.lat,
      dropoff_lon: (venue.lon ?? 0) + (random() - 0.5) * 0.05,
      dropoff_lat: (venue.lat ?? 0) + (random() - 0.5) * 0.025,
      placed_ts: now - 1_200_000,
      promised_ts: now - late * 60_000,
      venue_promise_ts: null,
      accepted_ts: null,
      ready_ts: null,
      assigned_ts: null,
      picked_up_ts: null,
      delivered_ts: null,
      cancelled_ts: null,
      late_min: Math.max(0, late),
    } as const;
  });
}
