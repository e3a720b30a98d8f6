/**
 * How figures went in the last hour, minute by minute, bounded: from the server's history, then
 * noted here. The sample of the minute that runs is replaced until the minute is over.
 *
 * Pure. What is sampled, and when, is `sampling.ts`'. A figure that is missing from one sample
 * begins anew with the next; when time jumps (the machine slept) all do.
 */

export const EVERY_MS = 10_000;
export const MINUTE_MS = 60_000;
export const KEPT = 60;

/** Samples of minutes that follow each other; `first` is the number of the oldest. */
interface Row {
  first: number;
  readonly values: number[];
}

export class Trails {
  readonly #rows = new Map<string, Row>();
  #last = -Infinity;

  /** Whether a sample is due at `now`. */
  isDue(now: number): boolean {
    return now - this.#last >= EVERY_MS || now < this.#last;
  }

  /** Takes these figures as the sample of `now`; whether time has jumped and all begin anew. */
  note(values: Iterable<readonly [string, number]>, now: number): boolean {
    const jumped = now < this.#last || (this.#rows.size > 0 && now - this.#last > 2 * MINUTE_MS);
    if (jumped) this.#rows.clear();
    this.#last = now;
    const minute = Math.floor(now / MINUTE_MS);
    const seen = new Set<string>();
    for (const [key, value] of values) {
      seen.add(key);
      const row = this.#rows.get(key);
      if (row === undefined) this.#rows.set(key, { first: minute, values: [value] });
      else put(row, minute, value);
    }
    for (const key of this.#rows.keys()) if (!seen.has(key)) this.#rows.delete(key);
    return jumped;
  }

  /**
   * Puts what was before the first sample of a figure: `values[i]` is of `from + i` minutes, null
   * where nothing was noted, which is taken for no change. Nothing of what is known changes.
   */
  fill(key: string, from: number, values: readonly (number | null)[]): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    const first = Math.max(Math.floor(from / MINUTE_MS), row.first + row.values.length - KEPT);
    const before: number[] = [];
    let value = row.values[0] ?? 0;
    for (let minute = row.first - 1; minute >= first; minute--) {
      value = values[minute - Math.floor(from / MINUTE_MS)] ?? value;
      before.push(value);
    }
    row.values.unshift(...before.reverse());
    row.first -= before.length;
  }

  /** The figure's samples, the oldest first. */
  of(key: string): readonly number[] {
    return this.#rows.get(key)?.values ?? [];
  }
}

/** Puts the value of a minute at the row's end; minutes in which nobody noted repeat the last. */
function put(row: Row, minute: number, value: number): void {
  while (row.first + row.values.length <= minute) row.values.push(row.values.at(-1) ?? value);
  row.values[row.values.length - 1] = value;
  while (row.values.length > KEPT) {
    row.values.shift();
    row.first += 1;
  }
}
