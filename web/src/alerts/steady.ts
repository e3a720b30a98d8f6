/**
 * The order of what is on the screen, held still while somebody is about to press something.
 *
 * Pure. While it is held every row stays where it is and shows what it has become: one that has
 * ended stays as `over`, one that is new waits outside. Called by the feed at each drawing.
 */

export interface Keyed {
  readonly key: string;
}

export interface Row<T extends Keyed> {
  readonly key: string;
  readonly item: T;
  /** It is no longer there, and stands here only so that nothing moves. */
  readonly over: boolean;
}

export interface Shown<T extends Keyed> {
  readonly rows: readonly Row<T>[];
  /** What is new and kept back, the most urgent first. */
  readonly waiting: readonly T[];
}

/** What to show of `now`, after `before` was shown. */
export function steady<T extends Keyed>(
  before: readonly Row<T>[],
  now: readonly T[],
  held: boolean,
): Shown<T> {
  if (!held)
    return { rows: now.map((item) => ({ key: item.key, item, over: false })), waiting: [] };
  const there = new Map(now.map((item) => [item.key, item]));
  const rows = before.map(({ key, item }) => {
    const fresh = there.get(key);
    return fresh === undefined ? { key, item, over: true } : { key, item: fresh, over: false };
  });
  const shown = new Set(before.map(({ key }) => key));
  return { rows, waiting: now.filter(({ key }) => !shown.has(key)) };
}

/** How long a pointer may rest, or a focus stay, before the order moves again all the same. */
export const STILL_MS = 20_000;

/**
 * Whether to hold: somebody is at the list and moved or typed just now. A mouse left lying on the
 * list must not hide what is new for the rest of the shift.
 */
export function isHeld(
  at: { readonly atList: boolean; readonly movedAt: number },
  now: number,
): boolean {
  return at.atList && now - at.movedAt < STILL_MS;
}
