/**
 * The signs beside colours, as paths on a Canvas: the same on the map, in sprites and in the legend,
 * and no font need have them.
 */

import type { CourierStatus } from '../wire/types.ts';
import type { Sign, Trend } from './pressure.ts';

type Path = CanvasPath;

/** The sign of a zone's step around (x, y), `r` from the middle to its edge. */
export function tracePressure(path: Path, sign: Sign, x: number, y: number, r: number): void {
  switch (sign) {
    case 'down':
      return polygon(path, x, y, [-r, -r * 0.7, r, -r * 0.7, 0, r * 0.9]);
    case 'ring':
      return circle(path, x, y, r * 0.75); // hollow: it is not filled
    case 'dot':
      return circle(path, x, y, r * 0.75);
    case 'diamond':
      return polygon(path, x, y, [0, -r, r, 0, 0, r, -r, 0]);
    case 'up':
      return polygon(path, x, y, [-r, r * 0.7, r, r * 0.7, 0, -r * 0.9]);
    case 'double-up':
      polygon(path, x, y, [-r, 0, r, 0, 0, -r * 1.15]);
      return polygon(path, x, y, [-r, r, r, r, 0, -r * 0.15]);
  }
}

/** An arrow that says where the ratio goes, to be stroked; level is a line. */
export function traceTrend(path: Path, trend: Trend, x: number, y: number, r: number): void {
  if (trend === 'level') {
    path.moveTo(x - r, y);
    path.lineTo(x + r, y);
    return;
  }
  const down = trend === 'up' ? -1 : 1;
  path.moveTo(x, y - down * r);
  path.lineTo(x, y + down * r);
  path.moveTo(x - r * 0.7, y + down * r * 0.3);
  path.lineTo(x, y + down * r);
  path.lineTo(x + r * 0.7, y + down * r * 0.3);
}

/** What a courier does, by his shape. */
export function traceCourier(
  path: Path,
  status: CourierStatus,
  x: number,
  y: number,
  r: number,
): void {
  switch (status) {
    case 'idle':
      return circle(path, x, y, r);
    case 'to_venue':
      return polygon(path, x, y, [-r, r * 0.8, r, r * 0.8, 0, -r]);
    case 'at_venue':
      return polygon(path, x, y, [-r * 0.85, -r * 0.85, r * 0.85, -r * 0.85, r * 0.85, r * 0.85, -r * 0.85, r * 0.85]);
    case 'to_customer':
      return polygon(path, x, y, [0, -r * 1.1, r * 1.1, 0, 0, r * 1.1, -r * 1.1, 0]);
    case 'off':
      return circle(path, x, y, r * 0.5);
  }
}

export function circle(path: Path, x: number, y: number, r: number): void {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, 2 * Math.PI);
}

function polygon(path: Path, x: number, y: number, points: readonly number[]): void {
  for (let at = 0; at < points.length; at += 2) {
    const [dx = 0, dy = 0] = [points[at], points[at + 1]];
    if (at === 0) path.moveTo(x + dx, y + dy);
    else path.lineTo(x + dx, y + dy);
  }
  path.closePath();
}
