/**
 * How figures went while the page was open: samples of equal distance, bounded.
 *
 * Pure. What is sampled, and when, is `sampling.ts`'. A figure that is missing from one sample
 * begins anew with the next; when time jumps (the machine slept) all do.
 */

export const EVERY_MS = 10_000;
export const KEPT = 90; // a quarter of an hour

export class Trails {
  readonly #rows = new Map<string, number[]>();
  #last = -Infinity;

  /** Whether a sample is due at `now`. */
  isDue(now: number): boolean {
    return now - this.#last >= EVERY_MS || now < this.#last;
  }

  /** Takes these figures as the sample of `now`. */
  note(values: Iterable<readonly [string, number]>, now: number): void {
    const jumped = now < this.#last || now - this.#last > 3 * EVERY_MS;
    if (jumped) this.#rows.clear();
    this.#last = now;
    const seen = new Set<string>();
    for (const [key, value] of values) {
      seen.add(key);
      const row = this.#rows.get(key);
      if (row === undefined) this.#rows.set(key, [value]);
      else if (row.push(value) > KEPT) row.shift();
    }
    for (const key of this.#rows.keys()) if (!seen.has(key)) this.#rows.delete(key);
  }

  /** The figure's samples, the oldest first. */
  of(key: string): readonly number[] {
    return this.#rows.get(key) ?? [];
  }
}
