/**
 * The zones' labels: what stands in each, how much of it fits, and who makes way for whom.
 *
 * A label comes in three sizes. It takes the greatest that its zone has room for and that touches no
 * label before it; harder pressed zones go first, then larger ones, so that the order does not
 * flicker with the figures. Pure: texts are measured by a function. Drawing is `label_marks.ts`'.
 */

import { screenX, screenY, type View } from './mercator.ts';
import type { Sign, Step, Trend } from './pressure.ts';

/** What a label says; texts are in the watcher's language already. */
export interface ZoneLabel {
  readonly id: string;
  readonly name: string;
  readonly step: Step;
  /** Too few couriers to judge the ratio by: no colour is true of it. */
  readonly few: boolean;
  readonly sign: Sign;
  readonly ratio: string;
  /** Why it is hard pressed, where the ratio does not say it: somebody waits too long. */
  readonly waits: string | null;
  readonly clear: string | null;
  readonly trend: Trend | null;
  /** Couriers who were asked to come: accepted of wanted. */
  readonly pushing: string | null;
  readonly stale: boolean;
  readonly dim: boolean;
  /** Where it stands, and how much room the zone has, in world coordinates. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** It goes first and is whole: selected, or under the pointer. */
  readonly first: boolean;
}

export type Size = 'full' | 'short' | 'sign';

/** A label in its place: CSS pixels of its box. */
export interface Placed {
  readonly label: ZoneLabel;
  readonly size: Size;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Measure = (text: string, kind: 'name' | 'figure' | 'strong' | 'quiet') => number;

export const PAD = 6;
export const GAP = 5;
export const SIGN_PX = 14;
export const TREND_PX = 9;
const LINE_PX = 16;
const NAME_PX = 15;
const APART = 3;
const SIZES: readonly Size[] = ['full', 'short', 'sign'];

/** The labels that are seen, in the order in which they are to be drawn. */
export function placeLabels(
  labels: readonly ZoneLabel[],
  view: View,
  measure: Measure,
): readonly Placed[] {
  const order = labels
    .filter((label) => isNear(label, view))
    .sort(
      (a, b) =>
        Number(b.first) - Number(a.first) ||
        b.step - a.step ||
        b.width - a.width ||
        (a.id < b.id ? -1 : 1),
    );
  const placed: Placed[] = [];
  for (const label of order) {
    const room = label.first ? Infinity : label.width * view.scale;
    for (const size of SIZES) {
      const [width, height] = extent(label, size, measure);
      // A zone hard pressed may write over its border; others keep within it.
      if (size !== 'sign' && width > room * (label.step >= 3 ? 1.6 : 1.05)) continue;
      const left = Math.round(screenX(view, label.x) - width / 2);
      const top = Math.round(screenY(view, label.y) - height / 2);
      const box = { label, size, left, top, width, height };
      if (placed.some((other) => touch(box, other))) continue;
      placed.push(box);
      break;
    }
  }
  return placed.reverse();
}

/** The width and height of a label, CSS pixels. */
export function extent(
  label: ZoneLabel,
  size: Size,
  measure: Measure,
): readonly [number, number] {
  if (size === 'sign') return [SIGN_PX + 2 * APART, SIGN_PX + 2 * APART];
  let line = SIGN_PX + GAP + measure(label.ratio, 'figure');
  if (label.trend !== null) line += GAP + TREND_PX;
  if (label.waits !== null) line += GAP + measure(label.waits, 'strong');
  if (size === 'short') return [Math.ceil(line + 2 * PAD), LINE_PX + 6];
  if (showsClear(label)) line += GAP + measure(label.clear ?? '', 'quiet');
  if (label.pushing !== null) line += GAP + measure(label.pushing, 'quiet');
  const wide = Math.max(line, measure(label.name, 'name'));
  return [Math.ceil(wide + 2 * PAD), LINE_PX + NAME_PX + 8];
}

/** The time to clear stands where no wait stands. */
export function showsClear(label: ZoneLabel): boolean {
  return label.clear !== null && label.waits === null;
}

function isNear(label: ZoneLabel, view: View): boolean {
  const [x, y] = [screenX(view, label.x), screenY(view, label.y)];
  return x > -80 && x < view.width + 80 && y > -30 && y < view.height + 30;
}

function touch(a: Placed, b: Placed): boolean {
  return (
    a.left < b.left + b.width + APART &&
    b.left < a.left + a.width + APART &&
    a.top < b.top + b.height + APART &&
    b.top < a.top + a.height + APART
  );
}
