/**
 * How many alerts fired at once along the time line, as the outline of a hill: of an overloaded city
 * bars beside and above one another would be one solid block. Pure.
 */

import { across, type TimeWindow } from './window.ts';

/** Columns of the picture: of an hour, 15 seconds each. */
const COLUMNS = 240;
const WIDE = 1_000; // the whole window
/** A single alert is no higher than this share of the lane. */
const ONE = 0.3;

export interface Span {
  readonly fired_ts: number;
  readonly resolved_ts: number | null;
}

/** How many hold in each column of the window; one that was over within a column counts in it. */
export function densityOf(spans: readonly Span[], window: TimeWindow): readonly number[] {
  const changes = new Array<number>(COLUMNS + 1).fill(0);
  const column = (ts: number): number =>
    Math.min(Math.floor((across(window, ts) / WIDE) * COLUMNS), COLUMNS - 1);
  for (const { fired_ts, resolved_ts } of spans) {
    const to = resolved_ts ?? window.to;
    if (to < window.from || fired_ts > window.to) continue;
    changes[column(fired_ts)]! += 1;
    changes[column(to) + 1]! -= 1;
  }
  let now = 0;
  return changes.slice(0, COLUMNS).map((change) => (now += change));
}

/** The outline of the hill over a base line, in thousandths of the window and in pixels. */
export function hill(counts: readonly number[], base: number, height: number): string {
  const most = Math.max(...counts);
  if (most === 0) return '';
  const top = (count: number): number => {
    if (count === 0) return base;
    const share = most === 1 ? ONE : ONE + ((1 - ONE) * (count - 1)) / (most - 1);
    return base - height * share;
  };
  const wide = WIDE / counts.length;
  const parts = [`M0 ${base}`];
  counts.forEach((count, at) => {
    if (at > 0 && counts[at - 1] === count) return;
    parts.push(`H${round(at * wide)}V${round(top(count))}`);
  });
  return `${parts.join('')}H${WIDE}V${base}Z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
