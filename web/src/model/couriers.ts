/**
 * The couriers of a city in columns, one slot each: what the overlay draws without looking at ids.
 *
 * A courier keeps his slot while he is known; a slot that is free has `status` FREE and is used
 * again. Columns grow by doubling and are new arrays then: take them from here at each drawing.
 * Filled from the stream's JSON layer by `change`.
 */

import { signal, type ReadonlySignal } from '@preact/signals';

import type { Courier, CourierStatus } from '../wire/types.ts';

/** A status by its number in the column. */
export const STATUSES: readonly CourierStatus[] = [
  'idle',
  'to_venue',
  'at_venue',
  'to_customer',
  'off',
];
export const FREE = 255;

const CODES = new Map(STATUSES.map((name, code) => [name, code]));

export class Couriers {
  lon = new Float64Array(256); // NaN where not known
  lat = new Float64Array(256);
  ts = new Float64Array(256); // of the last position, ms; NaN where there was none
  status = new Uint8Array(256).fill(FREE);
  silent = new Uint8Array(256);
  carrying = new Uint8Array(256);
  /** Slots in use and free ones among them lie below this. */
  size = 0;
  readonly #ids: (string | null)[] = [];
  readonly #zones: (string | null)[] = [];
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #revision = signal(0);

  /** Rises with each change. */
  get revision(): ReadonlySignal<number> {
    return this.#revision;
  }

  /** How many are known; follows changes. */
  get count(): number {
    void this.#revision.value;
    return this.#slots.size;
  }

  /** The slot of a courier, -1 where he is not known. */
  slotOf(id: string): number {
    return this.#slots.get(id) ?? -1;
  }

  /** Who is in a slot, null where it is free. */
  idAt(slot: number): string | null {
    return this.#ids[slot] ?? null;
  }

  /** The zone of who is in a slot. */
  zoneAt(slot: number): string | null {
    return this.#zones[slot] ?? null;
  }

  /** The courier as the server told of him, the age of his position at `now`. */
  courier(id: string, now: number): Courier | null {
    const slot = this.slotOf(id);
    if (slot < 0) return null;
    const known = (value: number | undefined): number | null =>
      value === undefined || Number.isNaN(value) ? null : value;
    const ts = known(this.ts[slot]);
    return {
      courier_id: id,
      lon: known(this.lon[slot]),
      lat: known(this.lat[slot]),
      status: STATUSES[this.status[slot] ?? FREE] ?? 'off',
      ts,
      age_s: ts === null ? null : Math.max(0, now - ts) / 1000,
      silent: this.silent[slot] === 1,
      heard_ts: null,
      zone_id: this.zoneAt(slot),
      carrying: this.carrying[slot] ?? 0,
    };
  }

  /** Puts couriers in their slots, then frees those of who is gone. */
  change(put: Iterable<Courier>, gone: Iterable<string> = []): void {
    for (const courier of put) this.#put(courier);
    for (const id of gone) this.#remove(id);
    this.#revision.value += 1;
  }

  /** These couriers in place of all that were there; who stays keeps his slot. */
  replace(couriers: readonly Courier[]): void {
    const stays = new Set(couriers.map((courier) => courier.courier_id));
    const gone = [...this.#slots.keys()].filter((id) => !stays.has(id));
    for (const id of gone) this.#remove(id);
    this.change(couriers);
  }

  #put(courier: Courier): void {
    const slot = this.#slots.get(courier.courier_id) ?? this.#take(courier.courier_id);
    this.lon[slot] = courier.lon ?? NaN;
    this.lat[slot] = courier.lat ?? NaN;
    this.ts[slot] = courier.ts ?? NaN;
    this.status[slot] = CODES.get(courier.status) ?? FREE;
    this.silent[slot] = courier.silent ? 1 : 0;
    this.carrying[slot] = Math.min(courier.carrying, 255);
    this.#zones[slot] = courier.zone_id;
  }

  #take(id: string): number {
    const slot = this.#free.pop() ?? this.size++;
    if (slot >= this.status.length) this.#grow(this.status.length * 2);
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    return slot;
  }

  #remove(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    this.#ids[slot] = null;
    this.#zones[slot] = null;
    this.status[slot] = FREE;
    this.lon[slot] = this.lat[slot] = this.ts[slot] = NaN;
    this.#free.push(slot);
  }

  #grow(length: number): void {
    const floats = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(length);
      grown.set(column);
      return grown;
    };
    const bytes = (column: Uint8Array, fill: number): Uint8Array<ArrayBuffer> => {
      const grown = new Uint8Array(length).fill(fill);
      grown.set(column);
      return grown;
    };
    [this.lon, this.lat, this.ts] = [floats(this.lon), floats(this.lat), floats(this.ts)];
    this.status = bytes(this.status, FREE);
    this.silent = bytes(this.silent, 0);
    this.carrying = bytes(this.carrying, 0);
  }
}
