/** Draws a zone's label; what stands in it and where is `labels.ts`'. */

import type { Dress } from './colours.ts';
import {
  GAP,
  PAD,
  showsClear,
  SIGN_PX,
  TREND_PX,
  type Measure,
  type Placed,
  type Size,
  type ZoneLabel,
} from './labels.ts';
import { STEP_MARKS } from './pressure.ts';
import { tracePressure, traceTrend } from './signs.ts';

export interface Fonts {
  readonly name: string;
  readonly figure: string;
  readonly strong: string;
  readonly quiet: string;
}

/** The fonts in the page's family. */
export function fontsOf(family: string): Fonts {
  return {
    name: `500 12px ${family}`,
    figure: `700 14px ${family}`,
    strong: `600 12px ${family}`,
    quiet: `500 12px ${family}`,
  };
}

/** Measures texts in these fonts, each text once. */
export function measureIn(ink: CanvasRenderingContext2D, fonts: Fonts): Measure {
  const known = new Map<string, number>();
  return (text, kind) => {
    const key = `${kind} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (known.size > 2_000) known.clear();
      ink.font = fonts[kind];
      known.set(key, (width = ink.measureText(text).width));
    }
    return width;
  };
}

/** What a label's picture depends on. */
export function labelKey(label: ZoneLabel, size: Size, rtl: boolean): string {
  const { step, few, ratio, trend, waits, clear, pushing, name, stale, first, dim } = label;
  return ['l', size, step, few, ratio, trend, waits, clear, pushing, name, stale, first, dim, rtl].join('|');
}

/** Draws a label with its box at 0, 0. */
export function drawLabel(
  ink: CanvasRenderingContext2D,
  { label, size, width, height }: Placed,
  dress: Dress,
  fonts: Fonts,
  measure: Measure,
  rtl: boolean,
): void {
  const mark = label.stale || label.few ? dress.quiet : dress.marks[STEP_MARKS[label.step]];
  ink.globalAlpha = label.dim ? 0.45 : 1;
  box(ink, width, height, label, dress, mark);
  const middle = size === 'full' ? height - 13 : height / 2;
  // From the side on which the language begins to read.
  let from = size === 'sign' ? (width - SIGN_PX) / 2 : PAD;
  const place = (wide: number): number => {
    const left = rtl ? width - from - wide : from;
    from += wide + GAP;
    return left;
  };
  ink.textBaseline = 'middle';
  ink.textAlign = 'left';
  ink.direction = rtl ? 'rtl' : 'ltr';
  if (size === 'full') {
    ink.font = fonts.name;
    ink.fillStyle = dress.text;
    const wide = measure(label.name, 'name');
    ink.fillText(label.name, rtl ? width - PAD - wide : PAD, 12);
  }
  const sign = new Path2D();
  tracePressure(sign, label.sign, place(SIGN_PX) + SIGN_PX / 2, middle, SIGN_PX / 2 - 1);
  ink.lineJoin = 'round';
  ink.lineWidth = 1.5;
  const isHollow = label.stale || label.few;
  ink.strokeStyle = isHollow ? dress.quiet : dress.outline;
  ink.stroke(sign);
  ink.fillStyle = isHollow ? dress.surface : mark;
  ink.fill(sign);
  if (size === 'sign') return;
  const write = (text: string, kind: 'figure' | 'strong' | 'quiet', colour: string): void => {
    ink.font = fonts[kind];
    ink.fillStyle = colour;
    ink.fillText(text, place(measure(text, kind)), middle + 0.5);
  };
  write(label.ratio, 'figure', label.stale ? dress.quiet : dress.text);
  if (label.trend !== null) {
    const arrow = new Path2D();
    traceTrend(arrow, label.trend, place(TREND_PX) + TREND_PX / 2, middle, TREND_PX / 2);
    ink.lineWidth = 1.8;
    ink.lineCap = 'round';
    ink.strokeStyle = label.trend === 'up' ? dress.text : dress.quiet;
    ink.stroke(arrow);
  }
  if (label.waits !== null) write(label.waits, 'strong', dress.text);
  if (size === 'short') return;
  if (showsClear(label)) write(label.clear ?? '', 'quiet', dress.quiet);
  if (label.pushing !== null) write(label.pushing, 'quiet', dress.accent);
}

function box(
  ink: CanvasRenderingContext2D,
  width: number,
  height: number,
  label: ZoneLabel,
  dress: Dress,
  mark: string,
): void {
  const line = label.first ? 2 : label.step >= 3 ? 1.5 : 1;
  const path = new Path2D();
  path.roundRect(line / 2, line / 2, width - line, height - line, 5);
  ink.fillStyle = dress.surface;
  const alpha = ink.globalAlpha;
  ink.globalAlpha = alpha * 0.93;
  ink.fill(path);
  ink.globalAlpha = alpha;
  ink.lineWidth = line;
  ink.strokeStyle = label.first ? dress.accent : label.step >= 3 ? mark : dress.zoneLine;
  if (label.stale) ink.setLineDash([3, 3]);
  ink.stroke(path);
  ink.setLineDash([]);
}
