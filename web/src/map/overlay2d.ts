/**
 * Couriers on a Canvas2D where there is no graphics card: the same pictures at the same places as
 * `overlay.ts` draws, without sliding between two updates.
 *
 * Pixels are written into an image by ourselves, 20,000 couriers in 3 ms: the canvas' own copying of
 * pictures takes 5 µs for each, a hundred milliseconds for all. Only the part in which couriers are,
 * or were before, is cleared and shown.
 */

import type { Dress } from './colours.ts';
import type { Thinning } from './crowd.ts';
import { boxOnScreen, type View } from './mercator.ts';
import { ALL_LIT, DIMMED, type Lit, type Overlay } from './overlay.ts';
import { NO_PLACE, OFF, OUTSIDE, SILENT, STATUS_BITS, type Fleet } from './sources.ts';
import { AGEING_S, drawSprites, SILENT_S, STAGES } from './sprites.ts';

/** Fainter pixels of a picture's edge are left out: they are written over, not mixed. */
const FAINTEST = 48;

/** A picture's pixels: how far each is from its upper left one, and its colour. */
interface Stencil {
  readonly steps: Int32Array;
  readonly colours: Uint32Array;
}

/** The part of the image in which couriers are, device pixels. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
const NOWHERE: Part = { left: Infinity, top: Infinity, right: 0, bottom: 0 };

export class CanvasOverlay implements Overlay {
  readonly way = 'canvas2d';
  readonly canvas = document.createElement('canvas');
  readonly #ink: CanvasRenderingContext2D;
  readonly #stencils = new Map<number, readonly Stencil[]>();
  #dress: Dress;
  #fleet: Fleet | null = null;
  #lit: Lit = ALL_LIT;
  #ratio = 1;
  #image: ImageData | null = null;
  #used: Part = NOWHERE;

  constructor(dress: Dress) {
    const ink = this.canvas.getContext('2d');
    if (ink === null) throw new Error('no canvas');
    this.#ink = ink;
    this.#dress = dress;
  }

  take(fleet: Fleet): void {
    this.#fleet = fleet;
  }

  light(lit: Lit): void {
    this.#lit = lit;
  }

  draw(view: View, _share: number, nowMs: number, side: number, thinning: Thinning): void {
    const fleet = this.#fleet;
    const { width, height } = this.canvas;
    this.#image ??= this.#ink.createImageData(width, height);
    const pixels = new Uint32Array(this.#image.data.buffer);
    const before = this.#used;
    pixels.fill(0, before.top * width, before.bottom * width);
    this.#used = NOWHERE;
    if (fleet !== null) {
      const device = Math.max(2, Math.round(side * this.#ratio));
      this.#write(fleet, pixels, view, nowMs, device, thinning);
    }
    const [left, top] = [Math.min(before.left, this.#used.left), Math.min(before.top, this.#used.top)];
    const right = Math.max(before.right, this.#used.right);
    const bottom = Math.max(before.bottom, this.#used.bottom);
    if (right <= left || bottom <= top) return;
    this.#ink.putImageData(this.#image, 0, 0, left, top, right - left, bottom - top);
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    this.#stencils.clear();
  }

  resize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.#image = null;
    this.#used = NOWHERE;
    this.#stencils.clear(); // how far a line is from the next has changed
  }

  destroy(): void {
    this.canvas.remove();
    this.#fleet = null;
    this.#image = null;
  }

  #write(
    fleet: Fleet,
    pixels: Uint32Array,
    view: View,
    nowMs: number,
    device: number,
    { mask, kept }: Thinning,
  ): void {
    const stencils = this.#stencilsOf(device);
    const { x, y, status, stage, size, stageMs } = fleet;
    const { statuses, slots, spared } = this.#lit;
    const on = boxOnScreen(fleet.box, view);
    const ageing = Math.floor((nowMs - AGEING_S * 1000) / stageMs);
    const silent = Math.floor((nowMs - SILENT_S * 1000) / stageMs);
    const { width } = this.canvas;
    // Whoever is cut by an edge is left out, so that no pixel is beyond the image.
    const [right, bottom] = [width - device, this.canvas.height - device];
    // Steps of the columns to the upper left pixel; half a pixel more, and cutting off rounds.
    const ratio = this.#ratio;
    const across = (on.x1 * ratio * 2) / 65535;
    const leftmost = (on.x0 - on.x1) * ratio - device / 2 + 0.5;
    const [y0, y1, y2, y3] = [on.y0 * ratio - device / 2 + 0.5, on.y1 * ratio, on.y2 * ratio, on.y3 * ratio]; // prettier-ignore
    let [west, north, east, south] = [width, this.canvas.height, -1, -1];
    for (let slot = 0; slot < size; slot++) {
      if ((slot & mask) !== 0 && slot !== kept && !(spared && slots?.[slot] === 1)) continue;
      const told = status[slot]!;
      const code = told & STATUS_BITS;
      if (code > OFF || (told & (NO_PLACE | OUTSIDE)) !== 0) continue;
      const left = Math.floor(leftmost + across * x[slot]!);
      if (left < 0 || left > right) continue;
      const v = (y[slot]! * 2) / 65535 - 1;
      const top = Math.floor(y0 + v * (y1 + v * (y2 + v * y3)));
      if (top < 0 || top > bottom) continue;
      const isMeant = ((statuses >> code) & 1) === 1 && (slots === null || slots[slot] === 1);
      if (code === OFF && !isMeant) continue;
      const fix = stage[slot]!;
      const isSilent = (told & SILENT) !== 0 || (code !== OFF && fix < silent);
      const column = isSilent ? 2 : fix < ageing ? 1 : 0;
      if (left < west) west = left;
      if (left > east) east = left;
      if (top < north) north = top;
      if (top > south) south = top;
      const { steps, colours } = stencils[(code * STAGES.length + column) * 2 + (isMeant ? 0 : 1)]!;
      const from = top * width + left;
      for (let at = 0; at < steps.length; at++) pixels[from + steps[at]!] = colours[at]!;
    }
    if (east < 0) return;
    this.#used = { left: west, top: north, right: east + device, bottom: south + device };
  }

  /** The pictures as pixels, status by status and stage by stage, each and then dimmed. */
  #stencilsOf(side: number): readonly Stencil[] {
    const known = this.#stencils.get(side);
    if (known !== undefined) return known;
    const { canvas } = drawSprites(side, this.#dress);
    const ink = canvas.getContext('2d'); // as it was made, for reading
    if (ink === null) throw new Error('no canvas');
    const { data } = ink.getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Uint32Array(data.buffer);
    const made: Stencil[] = [];
    for (let row = 0; row <= OFF; row++) {
      for (let column = 0; column < STAGES.length; column++) {
        const from = (row * canvas.width + column) * side;
        made.push(stencil(pixels, from, canvas.width, side, this.canvas.width, 1));
        made.push(stencil(pixels, from, canvas.width, side, this.canvas.width, DIMMED));
      }
    }
    this.#stencils.set(side, made);
    return made;
  }
}

/** The picture of `side` × `side` whose upper left pixel is at `from`, for an image of `width`. */
function stencil(
  pixels: Uint32Array,
  from: number,
  stride: number,
  side: number,
  width: number,
  share: number,
): Stencil {
  const steps: number[] = [];
  const colours: number[] = [];
  for (let at = 0; at < side * side; at++) {
    const [row, column] = [Math.floor(at / side), at % side];
    const colour = pixels[from + row * stride + column]!;
    const alpha = colour >>> 24; // little-endian, as every machine that runs a browser
    if (alpha < FAINTEST) continue;
    steps.push(row * width + column);
    colours.push(((Math.round(alpha * share) << 24) | (colour & 0xffffff)) >>> 0);
  }
  return { steps: Int32Array.from(steps), colours: Uint32Array.from(colours) };
}
