/** Which part of a recording the time line shows, and where in it things stand. Pure. */

import type { Recording } from './past.ts';

export const SPANS_H = [1, 6, 24] as const;
export type SpanH = (typeof SPANS_H)[number];

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * A window of the span that holds `at`, moved by quarters of itself so that it does not creep; all
 * of the recording where that is shorter.
 */
export function windowOf(from: number, to: number, at: number, spanH: SpanH): TimeWindow {
  const span = spanH * 3_600_000;
  if (to - from <= span) return { from, to: Math.max(to, from + 1) };
  const step = span / 4;
  const begin = Math.floor((at - span / 2) / step) * step;
  const first = Math.min(Math.max(begin, from), to - span);
  return { from: first, to: first + span };
}

/** The share of the window before `ts`, in thousandths, cut at its edges. */
export function across({ from, to }: TimeWindow, ts: number): number {
  return Math.min(Math.max(((ts - from) / (to - from)) * 1_000, 0), 1_000);
}

/** The parts of the window of which nothing is recorded. */
export function gapsIn(window: TimeWindow, { stretches }: Recording): TimeWindow[] {
  const gaps: TimeWindow[] = [];
  let at = window.from;
  for (const { from_ts, to_ts } of stretches) {
    if (to_ts < window.from || from_ts > window.to) continue;
    if (from_ts > at) gaps.push({ from: at, to: from_ts });
    at = Math.max(at, to_ts);
  }
  // What lies behind the last stretch has not been yet.
  return gaps;
}
