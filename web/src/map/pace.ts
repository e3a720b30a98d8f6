/**
 * When couriers are drawn: at each update, as the map moves, and between two updates while that can
 * be seen and the machine keeps up. Pure but for the clocks it is given; `layer.ts` asks it.
 */

/** A frame longer than this means that the machine does not keep up. */
export const SLOW_FRAME_MS = 25;
const FRAMES_JUDGED = 12;
const REST_FIRST_MS = 10_000;
const REST_MOST_MS = 300_000;
/** What a courier rides between two fixes, about; less than so many pixels of it are not seen. */
const RIDE_M = 25;
const RIDE_LEAST_PX = 1.5;
const SLIDE_LEAST_MS = 80;
const SLIDE_MOST_MS = 1_000;

export class Pace {
  #updatedAt = -Infinity;
  #interval = 250;
  #frameAt = -Infinity;
  #frameMs = 16;
  #frames = 0;
  #restUntil = -Infinity;
  #restMs = REST_FIRST_MS;

  /** An update has come at `at`. */
  updated(at: number): void {
    const since = at - this.#updatedAt;
    if (since > SLIDE_LEAST_MS && since < 2 * SLIDE_MOST_MS) {
      this.#interval += (Math.min(since, SLIDE_MOST_MS) - this.#interval) * 0.3;
    }
    this.#updatedAt = at;
  }

  /** How much of the way from the update before to the newest is gone at `at`, 0 to 1. */
  share(at: number): number {
    return Math.max(0, Math.min(1, (at - this.#updatedAt) / this.#interval));
  }

  /** Whether sliding is worth its frames now. */
  slides(at: number, metresPerPixel: number, still: boolean): boolean {
    return !still && at >= this.#restUntil && RIDE_M / metresPerPixel >= RIDE_LEAST_PX;
  }

  /**
   * A frame begins at `at`; `follows` where it is the next one of a slide. Too many slow ones, and
   * there is no sliding for a while, each time longer.
   */
  frame(at: number, follows: boolean): void {
    const took = at - this.#frameAt;
    this.#frameAt = at;
    if (!follows || took > 500) return; // frames had stopped: nothing to judge by
    this.#frameMs += (took - this.#frameMs) * 0.15;
    this.#frames += 1;
    if (this.#frames < FRAMES_JUDGED) return;
    if (this.#frameMs > SLOW_FRAME_MS) {
      this.#restUntil = at + this.#restMs;
      this.#restMs = Math.min(this.#restMs * 2, REST_MOST_MS);
      this.#frames = 0;
      this.#frameMs = 16;
    } else if (this.#frames > 60 * 60) {
      this.#restMs = REST_FIRST_MS; // it kept up for a minute
      this.#frames = FRAMES_JUDGED;
    }
  }
}
