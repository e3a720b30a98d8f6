/**
 * What is under a point of the screen, by looking at everything: 20,000 couriers take a fifth of a
 * millisecond, an index would have to be made anew at each update.
 *
 * What lies above wins: a zone's label, then a courier, a venue, an order's line, a zone.
 */

import type { Placed } from './labels.ts';
import type { ScreenLine } from './lines.ts';
import { boxOnScreen, screenX, screenY, worldAt, type View } from './mercator.ts';
import { shapeAt, type Shape } from './shapes.ts';
import { NO_PLACE, OFF, OUTSIDE, STATUS_BITS, type Fleet, type Pick } from './sources.ts';
import type { VenueLook } from './venues.ts';

/** What can be picked, as it was last drawn. */
export interface Pickable {
  readonly fleet: Fleet;
  /** Whether who is in a slot is drawn: in a crowd some are left out. */
  readonly isDrawn: (slot: number) => boolean;
  /** Bits of the statuses that are shown. */
  readonly statuses: number;
  readonly venues: readonly VenueLook[];
  readonly venueRadius: number;
  readonly lines: readonly ScreenLine[];
  readonly labels: readonly Placed[];
  readonly shapes: readonly Shape[];
}

const COURIER_REACH_PX = 9;
const LINE_REACH_PX = 5;

/** The thing at a point (CSS pixels of the view), null where there is none. */
export function pickAt(from: Pickable, view: View, px: number, py: number): Pick | null {
  const label = from.labels.find(
    ({ left, top, width, height }) =>
      px >= left && px <= left + width && py >= top && py <= top + height,
  );
  if (label !== undefined) return { kind: 'zone', id: label.label.id };
  const slot = slotAt(from, view, px, py);
  const courier = slot < 0 ? null : from.fleet.idAt(slot);
  if (courier !== null) return { kind: 'courier', id: courier };
  const venue = venueAt(from.venues, from.venueRadius, view, px, py);
  if (venue !== null) return { kind: 'venue', id: venue };
  const line = lineAt(from.lines, px, py);
  if (line !== null) return { kind: 'order', id: line };
  const shape = shapeAt(from.shapes, ...worldAt(view, px, py));
  return shape === null ? null : { kind: 'zone', id: shape.id };
}

/** The slot of the nearest courier shown within reach, else -1. */
export function slotAt(
  { fleet, statuses, isDrawn }: Pickable,
  view: View,
  px: number,
  py: number,
): number {
  const on = boxOnScreen(fleet.box, view);
  const { x, y, status, size } = fleet;
  let [found, least] = [-1, COURIER_REACH_PX ** 2];
  for (let slot = 0; slot < size; slot++) {
    const across = on.x0 + on.x1 * ((x[slot]! * 2) / 65535 - 1) - px;
    if (across > COURIER_REACH_PX || across < -COURIER_REACH_PX) continue;
    const v = (y[slot]! * 2) / 65535 - 1;
    const down = on.y0 + v * (on.y1 + v * (on.y2 + v * on.y3)) - py;
    const far = across * across + down * down;
    if (far > least) continue;
    const told = status[slot]!;
    const code = told & STATUS_BITS;
    const isShown = code < OFF || (code === OFF && ((statuses >> OFF) & 1) === 1);
    if (!isShown || (told & (NO_PLACE | OUTSIDE)) !== 0 || !isDrawn(slot)) continue;
    [found, least] = [slot, far];
  }
  return found;
}

function venueAt(
  venues: readonly VenueLook[],
  radius: number,
  view: View,
  px: number,
  py: number,
): string | null {
  let [found, least]: [string | null, number] = [null, (radius + 3) ** 2];
  for (const venue of venues) {
    const far = (screenX(view, venue.x) - px) ** 2 + (screenY(view, venue.y) - py) ** 2;
    if (far <= least) [found, least] = [venue.id, far];
  }
  return found;
}

function lineAt(lines: readonly ScreenLine[], px: number, py: number): string | null {
  let [found, least]: [string | null, number] = [null, LINE_REACH_PX];
  for (const { id, x0, y0, x1, y1 } of lines) {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = ((px - x0) * dx + (py - y0) * dy) / Math.max(dx * dx + dy * dy, 1e-9);
    const at = Math.max(0, Math.min(1, along));
    const far = Math.hypot(px - x0 - at * dx, py - y0 - at * dy);
    if (far <= least) [found, least] = [id, far];
  }
  return found;
}
