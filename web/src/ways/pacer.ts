/**
 * What of the news of alerts is worth a sound or a notice, and no more often than it can be borne.
 *
 * Pure. Muted alerts are quiet; so is what merely changed. What comes too soon after the last time
 * is kept for the next.
 */

import { isMuted } from '../alerts/grouping.ts';
import type { AlertNews } from '../model/city.ts';
import type { Alert, Severity } from '../wire/types.ts';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** The alerts of the news that began, or grew severer, and that are not muted. */
export function worthTelling(news: readonly AlertNews[]): Alert[] {
  return news
    .filter(({ kind, alert, before }) => {
      if (isMuted(alert)) return false;
      if (kind === 'began') return true;
      const grew = before !== null && RANK[alert.severity] > RANK[before.severity];
      return kind === 'severity' && grew;
    })
    .map(({ alert }) => alert);
}

/** The severest of some alerts, null of none. */
export function severest(alerts: readonly Alert[]): Severity | null {
  let found: Severity | null = null;
  for (const { severity } of alerts)
    if (found === null || RANK[severity] > RANK[found]) found = severity;
  return found;
}

/**
 * Hands over what it is given, at most once in `apartMs`: the rest together, when the time is over.
 */
export class Pacer<T> {
  readonly #apartMs: number;
  readonly #now: () => number;
  readonly #after: (ms: number, then: () => void) => void;
  readonly #hand: (items: readonly T[]) => void;
  #last = -Infinity;
  #waiting: T[] = [];

  constructor(
    apartMs: number,
    hand: (items: readonly T[]) => void,
    now: () => number = Date.now,
    after: (ms: number, then: () => void) => void = (ms, then) => void setTimeout(then, ms),
  ) {
    this.#apartMs = apartMs;
    this.#hand = hand;
    this.#now = now;
    this.#after = after;
  }

  give(items: readonly T[]): void {
    if (items.length === 0) return;
    const isFirst = this.#waiting.length === 0;
    this.#waiting.push(...items);
    const wait = this.#last + this.#apartMs - this.#now();
    if (wait <= 0) this.#pass();
    else if (isFirst) this.#after(wait, () => this.#pass());
  }

  #pass(): void {
    const items = this.#waiting;
    this.#waiting = [];
    if (items.length === 0) return;
    this.#last = this.#now();
    this.#hand(items);
  }
}
