/**
 * The couriers' pictures, drawn once for each size and dress into one canvas: a row for each status,
 * a column for each stage of the fix's age. The overlay takes texels of it, its fallback copies
 * from it, so that both look the same.
 */

import type { Dress } from './colours.ts';
import { traceCourier } from './signs.ts';
import { COURIER_STATUSES } from './sources.ts';

/** How old a fix is: fresh is filled, ageing is pale, silent is hollow and grey. */
export const STAGES = ['fresh', 'ageing', 'silent'] as const;
export const AGEING_S = 20; // four fixes missed
export const SILENT_S = 60; // `courier_stale_s` as it comes; the server's own word goes before it

/** Pictures of `side` × `side` device pixels, stage by stage and status by status. */
export interface Sprites {
  readonly canvas: HTMLCanvasElement;
  readonly side: number;
}

const COURIER_MARKS = [
  'courier-idle',
  'courier-to-venue',
  'courier-at-venue',
  'courier-to-customer',
  'courier-off',
] as const;
/** Below this many device pixels a shape can't be told: dots of the same ink are calmer. */
const SHAPES_FROM = 9;

/**
 * The side in CSS pixels at this zoom: dots over a whole city, shapes in a street, and smaller ones
 * in a crowd, where they would cover the zones, and cost a software renderer most of its time.
 */
export function courierSide(zoom: number, count: number): number {
  const crowd = count > 10_000 ? 2 : 0;
  return Math.max(5, Math.min(15, 6 + (zoom - 11) * 1.8) - crowd);
}

export function drawSprites(side: number, dress: Dress): Sprites {
  const canvas = document.createElement('canvas');
  canvas.width = side * STAGES.length;
  canvas.height = side * COURIER_STATUSES.length;
  const ink = canvas.getContext('2d', { willReadFrequently: true }); // its pixels are copied
  if (ink === null) throw new Error('no canvas');
  const edge = side >= 14 ? 1.6 : side >= 9 ? 1.2 : 0.8;
  const r = (side - edge) / 2 / 1.1 - 0.2;
  COURIER_STATUSES.forEach((status, row) => {
    const mark = COURIER_MARKS[row] ?? 'courier-off';
    STAGES.forEach((stage, column) => {
      const [x, y] = [(column + 0.5) * side, (row + 0.5) * side];
      const path = new Path2D();
      traceCourier(path, side < SHAPES_FROM && status !== 'off' ? 'idle' : status, x, y, r);
      ink.lineJoin = 'round';
      if (stage === 'silent') {
        // A grey ring, the ground below it quieter: it is no longer known where he is.
        ink.lineWidth = edge * 2.4;
        ink.strokeStyle = dress.surface;
        ink.globalAlpha = 0.6;
        ink.stroke(path);
        ink.globalAlpha = 1;
        ink.lineWidth = edge * 1.2;
        ink.strokeStyle = dress.marks['courier-silent'];
        ink.stroke(path);
        return;
      }
      ink.globalAlpha = stage === 'fresh' ? 1 : 0.5;
      ink.fillStyle = dress.marks[mark];
      ink.fill(path);
      ink.globalAlpha = side < SHAPES_FROM ? 0.6 : stage === 'fresh' ? 0.85 : 0.6;
      ink.lineWidth = edge;
      ink.strokeStyle = dress.outline;
      ink.stroke(path);
      ink.globalAlpha = 1;
    });
  });
  return { canvas, side };
}
