/**
 * How many alerts there were in the last hour, and how soon somebody took them.
 *
 * Pure. Fed with the history once and with every change afterwards; an ack that has come off again
 * still counts as it was first seen. Bounded: what is older than an hour is dropped.
 */

import type { Alert } from '../wire/types.ts';

export const WINDOW_MS = 3_600_000;
const PRUNE_AT = 20_000;

interface Known {
  readonly fired: number;
  taken: number | null;
}

/** Of the alerts fired in the last hour: how many, how many were taken, the median time until then
 * in s (null where none was). */
export interface Load {
  readonly fired: number;
  readonly taken: number;
  readonly medianS: number | null;
}

export class Responses {
  readonly #cities = new Map<string, Map<string, Known>>();

  note(alert: Alert): void {
    if (alert.fired_ts === null) return;
    const known = this.#cities.get(alert.city) ?? new Map<string, Known>();
    this.#cities.set(alert.city, known);
    const one = known.get(alert.id) ?? {
      fired: alert.fired_ts,
      taken: null,
    };
    known.set(alert.id, one);
    for (const ts of [alert.acked_ts, alert.claimed_ts]) {
      if (ts !== null) one.taken = Math.min(one.taken ?? Infinity, ts);
    }
    if (known.size > PRUNE_AT) this.#prune(known, alert.updated_ts);
  }

  /** The last hour's load of a city. */
  load(city: string, now: number): Load {
    const known = this.#cities.get(city) ?? new Map<string, Known>();
    this.#prune(known, now);
    const times: number[] = [];
    for (const { fired, taken } of known.values()) {
      if (taken !== null) times.push(Math.max(0, taken - fired) / 1000);
    }
    return { fired: known.size, taken: times.length, medianS: median(times) };
  }

  #prune(known: Map<string, Known>, now: number): void {
    for (const [id, { fired }] of known) if (fired < now - WINDOW_MS) known.delete(id);
  }
}

/** The middle of these, null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
