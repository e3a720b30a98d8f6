/**
 * Couriers on a Canvas2D where WebGL2 is missing: the same pictures at the same places as
 * `overlay.ts` draws, without sliding between two updates.
 */

import type { Dress } from './colours.ts';
import { boxOnScreen, type View } from './mercator.ts';
import { DIMMED, type Lit, type Overlay } from './overlay.ts';
import { NO_PLACE, OFF, OUTSIDE, SILENT, STATUS_BITS, type Fleet } from './sources.ts';
import { AGEING_S, drawSprites, SILENT_S, type Sprites } from './sprites.ts';

export class CanvasOverlay implements Overlay {
  readonly way = 'canvas2d';
  readonly canvas = document.createElement('canvas');
  readonly #ink: CanvasRenderingContext2D;
  readonly #sprites = new Map<number, Sprites>();
  #dress: Dress;
  #fleet: Fleet | null = null;
  #lit: Lit = { statuses: 0b1111, slots: null };
  #ratio = 1;

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

  draw(view: View, _share: number, nowMs: number, side: number): void {
    const ink = this.#ink;
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const fleet = this.#fleet;
    if (fleet === null) return;
    const device = Math.max(2, Math.round(side * this.#ratio));
    const { canvas } = this.#spritesOf(device);
    const { x, y, status, stage, size, stageMs } = fleet;
    const { statuses, slots } = this.#lit;
    const on = boxOnScreen(fleet.box, view);
    const ageing = Math.floor((nowMs - AGEING_S * 1000) / stageMs);
    const silent = Math.floor((nowMs - SILENT_S * 1000) / stageMs);
    const half = device / 2;
    const [right, bottom] = [this.canvas.width, this.canvas.height];
    let shown = 1;
    for (let slot = 0; slot < size; slot++) {
      const told = status[slot]!;
      const code = told & STATUS_BITS;
      if (code > OFF || (told & (NO_PLACE | OUTSIDE)) !== 0) continue;
      const u = (x[slot]! * 2) / 65535 - 1;
      const left = Math.round((on.x0 + on.x1 * u) * this.#ratio - half);
      if (left < -device || left > right) continue;
      const v = (y[slot]! * 2) / 65535 - 1;
      const down = on.y0 + v * (on.y1 + v * (on.y2 + v * on.y3));
      const top = Math.round(down * this.#ratio - half);
      if (top < -device || top > bottom) continue;
      const meant = ((statuses >> code) & 1) === 1 && (slots === null || slots[slot] === 1);
      if (code === OFF && !meant) continue;
      const fix = stage[slot]!;
      const isSilent = (told & SILENT) !== 0 || (code !== OFF && fix < silent);
      const column = isSilent ? 2 : fix < ageing ? 1 : 0;
      const alpha = meant ? 1 : DIMMED;
      if (alpha !== shown) ink.globalAlpha = shown = alpha;
      ink.drawImage(
        canvas,
        column * device, code * device, device, device,
        left, top, device, device,
      ); // prettier-ignore
    }
    ink.globalAlpha = 1;
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    this.#sprites.clear();
  }

  resize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  destroy(): void {
    this.canvas.remove();
    this.#fleet = null;
  }

  #spritesOf(side: number): Sprites {
    let sprites = this.#sprites.get(side);
    if (sprites === undefined) this.#sprites.set(side, (sprites = drawSprites(side, this.#dress)));
    return sprites;
  }
}
