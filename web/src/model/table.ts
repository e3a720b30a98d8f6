/**
 * Rows by their key, changed in place: what a layer of a city holds.
 *
 * Reading through `rows`, `all` or `get` follows changes (it reads the signal `revision`); copying a
 * hundred thousand rows at each delta would not keep up. Rows themselves are never changed, a new one
 * takes the place of the old.
 */

import { signal, type ReadonlySignal } from '@preact/signals';

export class Table<T> {
  readonly #rows = new Map<string, T>();
  readonly #revision = signal(0);
  readonly #keyOf: (row: T) => string;

  constructor(keyOf: (row: T) => string) {
    this.#keyOf = keyOf;
  }

  /** Rises with each change. */
  get revision(): ReadonlySignal<number> {
    return this.#revision;
  }

  /** The rows as they are; follows changes. */
  get rows(): ReadonlyMap<string, T> {
    void this.#revision.value;
    return this.#rows;
  }

  get size(): number {
    return this.rows.size;
  }

  /** Every row, in the order in which they came first; follows changes. */
  all(): T[] {
    return [...this.rows.values()];
  }

  /** The row of this key; follows changes. */
  get(key: string): T | undefined {
    return this.rows.get(key);
  }

  /** The row of this key as it is now, without following. */
  peek(key: string): T | undefined {
    return this.#rows.get(key);
  }

  /** Puts rows in their places, then takes away those named; keys not known mean nothing. */
  change(put: Iterable<T>, gone: Iterable<string> = []): void {
    for (const row of put) this.#rows.set(this.#keyOf(row), row);
    for (const key of gone) this.#rows.delete(key);
    this.#revision.value += 1;
  }

  /** These rows in place of all that were there. */
  replace(rows: Iterable<T>): void {
    this.#rows.clear();
    this.change(rows);
  }
}
