/**
 * How a venue is told on the map: by a shape what it says of itself, by a ring how late its orders
 * come out of the kitchen, by a badge how many are overdue, by a number who waits there.
 *
 * Drawing is `venue_marks.ts`'. Who is overdue and by how much is counted by the monitor; couriers
 * who wait are those at the venue by their status, given to the nearest venue.
 */

import type { Mark } from '../style/palettes.ts';
import type { Venue } from '../wire/types.ts';
import { worldX, worldY } from './mercator.ts';
import { AT_VENUE, NO_PLACE, OUTSIDE, STATUS_BITS, type Fleet } from './sources.ts';

export type VenueShape = 'open' | 'busy' | 'paused' | 'closed' | 'silent';
export const VENUE_MARKS: Readonly<Record<VenueShape, Mark>> = {
  open: 'venue-open',
  busy: 'venue-busy',
  paused: 'venue-paused',
  closed: 'venue-closed',
  silent: 'venue-silent',
};

/** A venue as it is drawn, in world coordinates. */
export interface VenueLook {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly shape: VenueShape;
  /** How much of the ring is filled, 0 to 1, and with which colour; a small delay has no ring. */
  readonly ring: number;
  readonly ringMark: Mark;
  readonly overdue: number;
  readonly waiting: number;
  /** An action of ours has paused it. */
  readonly ours: boolean;
  readonly trouble: boolean;
}

export const SILENT_MS = 300_000; // as the rule `venue_silent` comes
const OVERRUN_MIN = 5; // the clear threshold of `venue_slow`, and
const SLOW_MIN = 10; // its raise threshold, as they come
const OVERDUE = 3;
const FULL_RING_MIN = 20;
/** Couriers this near to a venue stand at it: a fix in a street of houses is not better. */
const NEAR_M = 80;

/** The look of a venue whose place is known, else null. */
export function lookOf(venue: Venue, waiting: number, nowMs: number): VenueLook | null {
  if (venue.lon === null || venue.lat === null) return null;
  const overrun = Math.max(0, venue.mean_overrun_min ?? 0);
  const slow = overrun >= SLOW_MIN || venue.overdue >= OVERDUE;
  const late = slow || overrun >= OVERRUN_MIN || venue.overdue > 0;
  const shape = shapeOf(venue, nowMs);
  return {
    id: venue.venue_id,
    x: worldX(venue.lon),
    y: worldY(venue.lat),
    shape,
    ring: late ? Math.min(1, overrun / FULL_RING_MIN) : 0,
    ringMark: slow ? 'order-very-late' : 'order-late',
    overdue: venue.overdue,
    waiting,
    ours: venue.paused_by !== null,
    trouble: slow || shape === 'silent' || shape === 'paused' || venue.paused_by !== null,
  };
}

function shapeOf(venue: Venue, nowMs: number): VenueShape {
  if (venue.status === 'closed') return 'closed';
  if (venue.paused_by !== null || venue.status === 'paused') return 'paused';
  return isQuiet(venue, nowMs) ? 'silent' : venue.status;
}

/** Whether its tablet has not been heard for long, though it once was. */
export function isQuiet(venue: Venue | undefined, nowMs: number): boolean {
  const heard = venue?.heartbeat_ts ?? null;
  return heard !== null && nowMs - heard > SILENT_MS;
}

/**
 * How many couriers stand at each venue: by their status they are at one, and it is the nearest one
 * within `NEAR_M`. Work grows with couriers at venues, not with their product with the venues.
 */
export function waitingAt(venues: Iterable<Venue>, fleet: Fleet): ReadonlyMap<string, number> {
  const [west, south, east, north] = fleet.box;
  const metre = 111_320;
  const across = ((east - west) * metre * Math.cos((((south + north) / 2) * Math.PI) / 180)) / 65535;
  const down = ((north - south) * metre) / 65535;
  const cells = new Map<number, { id: string; x: number; y: number }[]>();
  for (const { venue_id: id, lon, lat } of venues) {
    if (lon === null || lat === null) continue;
    const x = ((lon - west) / (east - west)) * 65535 * across; // metres from the box's corner
    const y = ((lat - south) / (north - south)) * 65535 * down;
    const key = keyOf(Math.floor(x / NEAR_M), Math.floor(y / NEAR_M));
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [{ id, x, y }]);
    else cell.push({ id, x, y });
  }
  const counts = new Map<string, number>();
  for (let slot = 0; slot < fleet.size; slot++) {
    const told = fleet.status[slot]!;
    if ((told & STATUS_BITS) !== AT_VENUE || (told & (NO_PLACE | OUTSIDE)) !== 0) continue;
    const [x, y] = [fleet.x[slot]! * across, fleet.y[slot]! * down];
    const [column, row] = [Math.floor(x / NEAR_M), Math.floor(y / NEAR_M)];
    let [nearest, least]: [string | null, number] = [null, NEAR_M ** 2];
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const venue of cells.get(keyOf(column + dx, row + dy)) ?? []) {
          const far = (venue.x - x) ** 2 + (venue.y - y) ** 2;
          if (far <= least) [nearest, least] = [venue.id, far];
        }
      }
    }
    if (nearest !== null) counts.set(nearest, (counts.get(nearest) ?? 0) + 1);
  }
  return counts;
}

function keyOf(column: number, row: number): number {
  return column * 1_000_003 + row;
}
