/** Draws a venue; what it looks like is `venues.ts`'. */

import type { Dress } from './colours.ts';
import { VENUE_MARKS, type VenueLook } from './venues.ts';
import { circle } from './signs.ts';

export const VENUE_PX = 32; // the whole picture, badge included
const RING_STEPS = 16;

/** The radius of a venue's ring at this zoom, CSS pixels. */
export function venueRadius(zoom: number): number {
  return zoom >= 14.5 ? 10 : zoom >= 13 ? 8 : 6.5;
}

/** What a venue's picture depends on: few enough that many venues share one. */
export function venueKey(look: VenueLook, radius: number): string {
  const ring = Math.round(look.ring * RING_STEPS);
  const { shape, ringMark, overdue, waiting, ours } = look;
  return ['v', radius, shape, ring, ringMark, overdue, waiting, ours].join('|');
}

/** Draws a venue in the middle of a square of `VENUE_PX`. */
export function drawVenue(
  ink: CanvasRenderingContext2D,
  look: VenueLook,
  r: number,
  dress: Dress,
  family: string,
): void {
  const [x, y] = [VENUE_PX / 2, VENUE_PX / 2];
  const colour = dress.marks[VENUE_MARKS[look.shape]];
  const body = new Path2D();
  if (look.shape === 'paused') body.roundRect(x - r, y - r, 2 * r, 2 * r, 3);
  else circle(body, x, y, r);
  if (look.shape === 'closed') ink.globalAlpha = 0.7;
  // A dark rim, the surface, the shape's own line: seen on any zone.
  ink.lineWidth = 4;
  ink.strokeStyle = dress.outline;
  ink.stroke(body);
  ink.fillStyle = dress.surface;
  ink.fill(body);
  ink.lineWidth = 2.4;
  ink.strokeStyle = dress.surface;
  ink.stroke(body);
  ink.strokeStyle = colour;
  ink.lineWidth = 1.6;
  if (look.shape === 'silent') ink.setLineDash([3, 2.5]);
  ink.stroke(body);
  ink.setLineDash([]);
  delay(ink, look, x, y, r, dress);
  inside(ink, look, x, y, r, dress, colour, family);
  if (look.ours) ourMark(ink, x - r, y + r, dress);
  if (look.overdue > 0) badge(ink, look.overdue, x + r, y - r, dress, family);
}

/** The arc from the top clockwise: how late its last orders were. */
function delay(
  ink: CanvasRenderingContext2D,
  look: VenueLook,
  x: number,
  y: number,
  r: number,
  dress: Dress,
): void {
  if (look.ring * RING_STEPS < 0.5) return;
  const to = -Math.PI / 2 + look.ring * 2 * Math.PI;
  for (const [width, colour] of [
    [4.6, dress.outline],
    [3, dress.marks[look.ringMark]],
  ] as const) {
    ink.beginPath();
    ink.arc(x, y, r + 0.8, -Math.PI / 2, to);
    ink.lineWidth = width;
    ink.strokeStyle = colour;
    ink.stroke();
  }
}

/** Who waits there; else the sign of what the venue says. */
function inside(
  ink: CanvasRenderingContext2D,
  look: VenueLook,
  x: number,
  y: number,
  r: number,
  dress: Dress,
  colour: string,
  family: string,
): void {
  ink.fillStyle = colour;
  ink.strokeStyle = colour;
  ink.lineWidth = 2;
  ink.lineCap = 'round';
  if (look.shape === 'paused') {
    ink.fillRect(x - r * 0.5, y - r * 0.5, r * 0.34, r);
    ink.fillRect(x + r * 0.16, y - r * 0.5, r * 0.34, r);
    return;
  }
  if (look.shape === 'closed') {
    ink.beginPath();
    ink.moveTo(x - r * 0.45, y);
    ink.lineTo(x + r * 0.45, y);
    ink.stroke();
    return;
  }
  const text = look.shape === 'silent' ? '?' : look.waiting > 0 ? String(look.waiting) : '';
  if (text !== '') {
    ink.font = `700 ${Math.round(r * 1.25)}px ${family}`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillStyle = look.shape === 'silent' ? dress.text : dress.marks['courier-at-venue'];
    ink.fillText(text, x, y + 0.5);
    return;
  }
  // Nobody waits: a dot, for a busy one a bar of two.
  const dot = new Path2D();
  if (look.shape === 'busy') {
    circle(dot, x - r * 0.34, y, r * 0.24);
    circle(dot, x + r * 0.34, y, r * 0.24);
  } else circle(dot, x, y, r * 0.26);
  ink.fill(dot);
}

/** A small clock: it was we who paused it, and it ends by itself. */
function ourMark(ink: CanvasRenderingContext2D, x: number, y: number, dress: Dress): void {
  ink.beginPath();
  ink.arc(x, y, 4, 0, 2 * Math.PI);
  ink.fillStyle = dress.accent;
  ink.fill();
  ink.lineWidth = 1;
  ink.strokeStyle = dress.outline;
  ink.stroke();
  ink.beginPath();
  ink.moveTo(x, y - 2.4);
  ink.lineTo(x, y);
  ink.lineTo(x + 1.8, y);
  ink.strokeStyle = dress.surface;
  ink.lineWidth = 1.2;
  ink.stroke();
}

function badge(
  ink: CanvasRenderingContext2D,
  count: number,
  x: number,
  y: number,
  dress: Dress,
  family: string,
): void {
  const text = count > 99 ? '99+' : String(count);
  ink.font = `700 10px ${family}`;
  const half = Math.max(6, ink.measureText(text).width / 2 + 2.5);
  const path = new Path2D();
  path.roundRect(x - half, y - 6, 2 * half, 12, 6);
  ink.fillStyle = dress.marks['severity-critical'];
  ink.fill(path);
  ink.lineWidth = 1;
  ink.strokeStyle = dress.surface;
  ink.stroke(path);
  ink.textAlign = 'center';
  ink.textBaseline = 'middle';
  ink.fillStyle = dress.dark ? '#10151a' : '#ffffff';
  ink.fillText(text, x, y + 0.5);
}
