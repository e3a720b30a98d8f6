/**
 * The couriers' layer: takes updates, decides with `pace.ts` when the overlay draws, and counts.
 *
 * Nothing here wakes the map: the layer has frames of its own, and only while there is something
 * to draw. As the map moves it is drawn from within the map's own frame (`moved`), so that couriers
 * never lag behind the streets.
 */

import type { OverlayCounters } from './counters.ts';
import { Crowd, MOST, type Thinning } from './crowd.ts';
import { metresPerPixel, zoomOf, type View } from './mercator.ts';
import { ALL_LIT, type Lit, type Overlay } from './overlay.ts';
import { Pace } from './pace.ts';
import { NOBODY, type Fleet } from './sources.ts';
import { courierSide } from './sprites.ts';

const AGED_MS = 900;

/** What the layer asks, and tells, of the map around it. */
export interface LayerHost {
  view(): View;
  nowMs(): number;
  /** The slot of the courier who is selected, -1 where none is. */
  selected(): number;
  /** It has drawn, at such a share of the way between two updates. */
  drawn(share: number): void;
  /** One of so many couriers is drawn from now on. */
  thinned(every: number): void;
}

export class CourierLayer {
  readonly #pace = new Pace();
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #crowd = new Crowd();
  #fleet: Fleet = NOBODY;
  #lit: Lit = ALL_LIT;
  #waiting = false; // an update has come that was not taken yet
  #untold = false; // one was taken that was not drawn yet
  #drawnAt = -Infinity;
  #isShown = true;
  #frame = 0;
  #drawnIn: CSSNumberish | null = null; // the frame's time

  constructor(
    readonly overlay: Overlay,
    readonly counters: OverlayCounters,
    private readonly around: LayerHost,
  ) {}

  /** The couriers have changed, or are others. */
  changed(fleet: Fleet): void {
    this.#fleet = fleet;
    this.counters.received += 1;
    this.#waiting = true;
    this.ask();
  }

  /** Others are meant than before. */
  light(lit: Lit): void {
    this.#lit = lit;
    this.overlay.light(lit);
    this.ask();
  }

  /** Whether a courier is not left out, as one of a crowd. */
  isDrawn(slot: number): boolean {
    const { mask, kept } = this.#thinning();
    return (slot & mask) === 0 || slot === kept || (this.#lit.spared && this.#lit.slots?.[slot] === 1);
  }

  /** A second has gone: positions have grown older, if no update came meanwhile. */
  aged(): void {
    if (performance.now() - this.#drawnAt > AGED_MS) this.ask();
  }

  /** Whether the map is seen at all: where it is not, nothing is drawn. */
  set isShown(is: boolean) {
    this.#isShown = is;
    if (is) this.ask();
  }

  /** Draw at the next frame. */
  ask(): void {
    if (this.#frame === 0 && this.#isShown) this.#frame = requestAnimationFrame((at) => this.#onFrame(at));
  }

  /** The map has moved, in the frame that is being made. */
  moved(): void {
    this.#draw(performance.now());
    this.#drawnIn = document.timeline.currentTime;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = -1;
    this.#fleet = NOBODY;
    this.overlay.destroy();
  }

  #thinning(): Thinning {
    return { mask: this.#crowd.every - 1, kept: this.around.selected() };
  }

  #slides(at: number): boolean {
    if (this.overlay.way !== 'webgl2') return false;
    return this.#pace.slides(at, metresPerPixel(this.around.view()), this.#calm.matches);
  }

  #onFrame(at: number): void {
    this.#frame = 0;
    this.#pace.frame(at, this.counters.sliding);
    if (this.#drawnIn === null || this.#drawnIn !== document.timeline.currentTime) {
      this.#draw(performance.now());
    }
    this.#drawnIn = null;
    if (this.counters.sliding || this.#waiting) this.ask();
  }

  #draw(at: number): void {
    const begun = performance.now();
    this.#drawnAt = begun;
    if (this.#waiting) this.#take(at);
    const slides = this.#slides(at);
    const share = slides ? this.#pace.share(at) : 1;
    this.counters.sliding = slides && share < 1;
    const view = this.around.view();
    if (this.#crowd.judge(this.#fleet, view)) this.around.thinned(this.#crowd.every);
    const side = courierSide(zoomOf(view), Math.min(this.#fleet.size, MOST));
    this.overlay.draw(view, share, this.around.nowMs(), side, this.#thinning());
    this.around.drawn(share);
    if (this.#untold) this.counters.drawn += 1;
    this.#untold = false;
    this.counters.frames += 1;
    this.counters.scriptMs += performance.now() - begun;
  }

  #take(at: number): void {
    this.#waiting = false;
    this.#pace.updated(at);
    this.counters.slots = this.#fleet.size;
    this.overlay.take(this.#fleet);
    this.#untold = true;
  }
}
