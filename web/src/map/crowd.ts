/**
 * How many of the couriers are drawn: from afar a hundred thousand dots are a carpet over the very
 * zones that the watcher looks for. So of more than `MOST` in view every second is drawn, every
 * fourth, and so on, always the same ones, so that nobody comes and goes but by zooming; where fewer
 * are in view, all of them. Who is selected, and the few whom a search means, are always drawn.
 */

import { boxOnScreen, type View } from './mercator.ts';
import { NO_PLACE, OFF, OUTSIDE, STATUS_BITS, type Fleet } from './sources.ts';

/** So many dots may be in view; the page is measured with as many (`citywatch bench page`). */
export const MOST = 20_000;
const EACH_PX = 25; // of a small screen: with less ground for each of them nothing else is seen
const LEAST = 4_000; // fewer are never a crowd
const SAMPLED = 16; // one of so many is looked at to know how many are in view
const SPARE = 0.8; // of as many as fit, before more are drawn again: no flicker at the edge

/** Who is drawn: slots of which the bits of `mask` are 0, and the one that is `kept`. */
export interface Thinning {
  readonly mask: number;
  readonly kept: number;
}
export const EVERYBODY: Thinning = { mask: 0, kept: -1 };

export class Crowd {
  #every = 1;

  /** One of so many couriers is drawn: 1, 2, 4, … */
  get every(): number {
    return this.#every;
  }

  /** Looks at the fleet in a view; answers whether `every` has changed. */
  judge(fleet: Fleet, view: View): boolean {
    const before = this.#every;
    const seen = fleet.size <= LEAST ? 0 : inView(fleet, view);
    const most = Math.min(MOST, (view.width * view.height) / EACH_PX);
    let every = 1;
    while (seen / every > most) every *= 2;
    while (every < before && seen / every > most * SPARE) every *= 2;
    this.#every = every;
    return every !== before;
  }
}

/** About how many couriers a view shows. */
function inView({ box, x, y, status, size }: Fleet, view: View): number {
  const on = boxOnScreen(box, view);
  let found = 0;
  for (let slot = 0; slot < size; slot += SAMPLED) {
    const told = status[slot]!;
    if ((told & STATUS_BITS) >= OFF || (told & (NO_PLACE | OUTSIDE)) !== 0) continue;
    const across = on.x0 + on.x1 * ((x[slot]! * 2) / 65535 - 1);
    if (across < 0 || across > view.width) continue;
    const v = (y[slot]! * 2) / 65535 - 1;
    const down = on.y0 + v * (on.y1 + v * (on.y2 + v * on.y3));
    if (down >= 0 && down <= view.height) found += 1;
  }
  return found * SAMPLED;
}
