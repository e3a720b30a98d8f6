/** The ring around the selected courier: it rides with him, a canvas of its own would cost more. */

import { boxOnScreen, type View } from './mercator.ts';
import { NO_PLACE, STATUS_BITS, OFF, type Fleet } from './sources.ts';

export class Halo {
  readonly element = document.createElement('div');
  #slot = -1;
  #revision = -1;
  #before: readonly [number, number] = [0, 0];
  #here: readonly [number, number] = [0, 0];

  constructor() {
    this.element.className = 'map-halo';
    this.element.hidden = true;
  }

  /** Puts it around who is in `slot` (-1: nobody), `share` of the way to his newest place. */
  draw(fleet: Fleet, slot: number, view: View, share: number): void {
    const told = fleet.status[slot];
    const isShown =
      slot >= 0 && told !== undefined && (told & STATUS_BITS) <= OFF && (told & NO_PLACE) === 0;
    this.element.hidden = !isShown;
    if (!isShown) {
      this.#slot = -1;
      return;
    }
    if (slot !== this.#slot || fleet.revision !== this.#revision) {
      const here = [fleet.x[slot]!, fleet.y[slot]!] as const;
      this.#before = slot === this.#slot ? this.#here : here;
      this.#here = here;
      this.#slot = slot;
      this.#revision = fleet.revision;
    }
    const [[x0, y0], [x1, y1]] = [this.#before, this.#here];
    const on = boxOnScreen(fleet.box, view);
    const u = ((x0 + (x1 - x0) * share) * 2) / 65535 - 1;
    const v = ((y0 + (y1 - y0) * share) * 2) / 65535 - 1;
    const left = on.x0 + on.x1 * u;
    const top = on.y0 + v * (on.y1 + v * (on.y2 + v * on.y3));
    this.element.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`;
  }
}
