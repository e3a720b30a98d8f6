/**
 * What the map is given: plain things that it shows, and signals that say when they have changed.
 *
 * The map knows nothing of the stream, of sessions or of what the watcher may do. `connect.ts` makes
 * these of the page's store; the bench makes them of invented couriers.
 */

import type { ReadonlySignal } from '@preact/signals';
import type { FeatureCollection } from 'geojson';

import type { PaletteName } from '../style/palettes.ts';
import type { Basemap } from '../wire/api.ts';
import type { Limits } from '../wire/things.ts';
import type { Box, CourierStatus, Order, Venue, Zone } from '../wire/types.ts';
import type { Place } from './mercator.ts';

/** Courier statuses by their number in a column. */
export const COURIER_STATUSES: readonly CourierStatus[] = [
  'idle',
  'to_venue',
  'at_venue',
  'to_customer',
  'off',
];
export const AT_VENUE = 2;
export const OFF = 4;


export { EMPTY, NO_PLACE, OUTSIDE, SILENT, STATUS_BITS } from '../wire/frames.ts';

/**
 * Couriers in columns, one slot each; who leaves frees his slot, others keep theirs. `CourierColumns`
 * of `wire/frames.ts` is one.
 */
export interface Fleet {
  /** Rises with every change of the columns. */
  readonly revision: number;
  /** Slots in use, and empty ones among them, lie below this. */
  readonly size: number;
  /** What 0 and 65535 stand for: west, south, east, north. */
  readonly box: Box;
  readonly x: Uint16Array;
  readonly y: Uint16Array;
  /** A number of `COURIER_STATUSES` in `STATUS_BITS`, and flags, as on the wire. */
  readonly status: Uint8Array;
  /** When he was there: server time in whole stages of `stageMs`. */
  readonly stage: Int32Array;
  readonly stageMs: number;
  /** Who is in a slot, null where nobody is or his name has not come yet. */
  idAt(slot: number): string | null;
  /** The slot of a courier, -1 where he is not known. */
  slotOf(id: string): number;
}

/** A fleet of none. */
export const NOBODY: Fleet = {
  revision: 0,
  size: 0,
  box: [-180, -90, 180, 90],
  x: new Uint16Array(0),
  y: new Uint16Array(0),
  status: new Uint8Array(0),
  stage: new Int32Array(0),
  stageMs: 1000,
  idAt: () => null,
  slotOf: () => -1,
};

export type PickKind = 'zone' | 'venue' | 'order' | 'courier';

/** A thing on the map. */
export interface Pick {
  readonly kind: PickKind;
  readonly id: string;
}

/** What is meant by a search; null: all of them. What is not meant is dimmed, not hidden. */
export interface MapFilter {
  /** Bits by the number of the status. */
  readonly courierStatuses: number;
  readonly couriers: ReadonlySet<string> | null;
  readonly venues: ReadonlySet<string> | null;
  readonly zones: ReadonlySet<string> | null;
  readonly orders: ReadonlySet<string> | null;
  /** All venues from the first zoom on, not only those in trouble. */
  readonly allVenues: boolean;
}

export const NO_FILTER: MapFilter = {
  courierStatuses: 0b1111,
  couriers: null,
  venues: null,
  zones: null,
  orders: null,
  allVenues: false,
};

/** Everything that the map shows. Functions are called when it draws, after their signal changed. */
export interface MapSources {
  /** The name of what is shown: another one is another city, and the map goes there. */
  readonly city: ReadonlySignal<string | null>;
  readonly shapes: ReadonlySignal<FeatureCollection | null>;
  /** By what zones are coloured; null: as is usual. */
  readonly limits: ReadonlySignal<Limits | null>;
  readonly zones: { readonly changed: ReadonlySignal<number>; all(): Iterable<Zone> };
  readonly venues: { readonly changed: ReadonlySignal<number>; all(): Iterable<Venue> };
  readonly orders: { readonly changed: ReadonlySignal<number>; all(): Iterable<Order> };
  readonly couriers: { readonly changed: ReadonlySignal<number>; fleet(): Fleet };
  /** What time it is there, in words, where that is not the watcher's own. */
  readonly localTime: ReadonlySignal<string | null>;
  /** Server time, ms, about once a second. */
  readonly now: ReadonlySignal<number>;
  readonly selection: ReadonlySignal<Pick | null>;
  readonly filter: ReadonlySignal<MapFilter>;
  readonly palette: ReadonlySignal<PaletteName>;
  readonly dark: ReadonlySignal<boolean>;
  /** What lies below the zones; null: a plain ground, which needs no network. */
  readonly basemap: ReadonlySignal<Basemap | null>;
  /** Where to look; the map goes there when it changes, null: where the city is. */
  readonly place: ReadonlySignal<Place | null>;
}

/** What the map tells. */
export interface MapEvents {
  chosen(pick: Pick | null): void;
  /** Where the watcher looks now, once he has come to rest there; null: at all of the city. */
  moved(place: Place | null, box: Box): void;
}
