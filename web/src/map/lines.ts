/** Draws orders as lines from their venue to their customer; which ones is `orders.ts`'. */

import type { Dress } from './colours.ts';
import { screenX, screenY, worldX, worldY, type View } from './mercator.ts';
import { LATENESS_DASHES, LATENESS_MARKS, type OrderLine } from './orders.ts';

const WORDS_MOST = 25; // more texts than this only hide one another

/** Draws the lines; `late` writes how late one is. Answers where each runs, for picking. */
export function drawLines(
  ink: CanvasRenderingContext2D,
  lines: readonly OrderLine[],
  view: View,
  dress: Dress,
  font: string,
  late: (minutes: number) => string,
): readonly ScreenLine[] {
  const placed = lines.map((line) => ({
    id: line.id,
    line,
    x0: screenX(view, worldX(line.from[0])),
    y0: screenY(view, worldY(line.from[1])),
    x1: screenX(view, worldX(line.to[0])),
    y1: screenY(view, worldY(line.to[1])),
  }));
  ink.lineCap = 'round';
  ink.lineJoin = 'round';
  for (const { line, x0, y0, x1, y1 } of placed) {
    const colour = dress.marks[LATENESS_MARKS[line.lateness]];
    ink.beginPath();
    ink.moveTo(x0, y0);
    ink.lineTo(x1, y1);
    ink.setLineDash([]);
    ink.lineWidth = 5;
    ink.strokeStyle = dress.surface;
    ink.globalAlpha = 0.75;
    ink.stroke();
    ink.globalAlpha = 1;
    ink.setLineDash(LATENESS_DASHES[line.lateness] as number[]);
    ink.lineWidth = line.lateness === 'very-late' ? 3 : 2.2;
    ink.strokeStyle = colour;
    ink.stroke();
    ink.setLineDash([]);
    house(ink, x1, y1, colour, dress);
  }
  if (placed.length <= WORDS_MOST) {
    ink.font = font;
    ink.textAlign = 'center';
    ink.textBaseline = 'bottom';
    ink.lineWidth = 3.5;
    for (const { line, x1, y1 } of placed) {
      if (line.lateMin < 1) continue;
      const text = late(line.lateMin);
      ink.strokeStyle = dress.surface;
      ink.strokeText(text, x1, y1 - 7);
      ink.fillStyle = dress.text;
      ink.fillText(text, x1, y1 - 7);
    }
  }
  return placed;
}

/** A line on the screen, CSS pixels. */
export interface ScreenLine {
  readonly id: string;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The customer. */
function house(
  ink: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
  dress: Dress,
): void {
  ink.beginPath();
  ink.moveTo(x - 5, y + 5);
  ink.lineTo(x - 5, y - 1);
  ink.lineTo(x, y - 6);
  ink.lineTo(x + 5, y - 1);
  ink.lineTo(x + 5, y + 5);
  ink.closePath();
  ink.fillStyle = colour;
  ink.fill();
  ink.lineWidth = 1.5;
  ink.strokeStyle = dress.surface;
  ink.stroke();
}
