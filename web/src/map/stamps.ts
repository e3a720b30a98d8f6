/**
 * Small pictures that are drawn once and copied many times: labels and venues. Writing text costs a
 * software canvas some 30 µs a word, copying a picture a tenth of it, and a map that is dragged
 * copies all of them sixty times a second.
 */

export interface Stamp {
  readonly canvas: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
}

const MOST = 800;

export class Stamps {
  readonly #stamps = new Map<string, { readonly stamp: Stamp; used: number }>();
  #ratio = 1;
  #round = 0;

  /** The stamp of this key, drawn in CSS pixels by `draw` if it is not there yet. */
  get(
    key: string,
    width: number,
    height: number,
    draw: (ink: CanvasRenderingContext2D) => void,
  ): Stamp {
    const known = this.#stamps.get(key);
    if (known !== undefined) {
      known.used = this.#round;
      return known.stamp;
    }
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(width * this.#ratio);
    canvas.height = Math.ceil(height * this.#ratio);
    const ink = canvas.getContext('2d');
    if (ink === null) throw new Error('no canvas');
    ink.scale(this.#ratio, this.#ratio);
    draw(ink);
    const stamp = { canvas, width, height };
    this.#stamps.set(key, { stamp, used: this.#round });
    return stamp;
  }

  /** A drawing begins: what the one before did not use goes, once there are many. */
  begin(ratio: number): void {
    if (ratio !== this.#ratio) this.clear();
    this.#ratio = ratio;
    if (this.#stamps.size > MOST) {
      for (const [key, { used }] of this.#stamps) if (used < this.#round) this.#stamps.delete(key);
    }
    this.#round += 1;
  }

  clear(): void {
    this.#stamps.clear();
  }
}
