/** The order and the part of a table's rows that are shown. Pure. */

/** What a column is sorted by: what is not known comes last, whichever way. */
export type Sortable = string | number | null;

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** The rows in order; among equals, and where nothing is known, by their key. */
export function sorted<T>(
  rows: readonly T[],
  valueOf: (row: T) => Sortable,
  descending: boolean,
  keyOf: (row: T) => string,
  language: string,
): T[] {
  const words = new Intl.Collator(language, { numeric: true });
  const keyed = rows.map((row) => ({ row, key: keyOf(row), value: valueOf(row) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) {
      const known = Number(a.value === null) - Number(b.value === null);
      return known || words.compare(a.key, b.key);
    }
    const isText = typeof a.value === 'string' || typeof b.value === 'string';
    const more = isText
      ? words.compare(String(a.value), String(b.value))
      : Number(a.value) - Number(b.value);
    return (descending ? -more : more) || words.compare(a.key, b.key);
  });
  return keyed.map(({ row }) => row);
}

/** Rows in the order in which they stood before; new ones behind, those that left taken out. */
export function held<T>(
  rows: readonly T[],
  before: readonly string[],
  keyOf: (row: T) => string,
): T[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const stay = before.flatMap((key) => {
    const row = byKey.get(key);
    byKey.delete(key);
    return row === undefined ? [] : [row];
  });
  return [...stay, ...byKey.values()];
}

/** Which rows a page shows: from the first to before the last, and how many pages there are. */
export function pageOf(
  count: number,
  page: number,
  size: number,
): { from: number; to: number; pages: number } {
  const pages = Math.max(1, Math.ceil(count / size));
  const at = Math.min(Math.max(page, 0), pages - 1);
  return { from: at * size, to: Math.min(count, (at + 1) * size), pages };
}

/** The order after a column's button was pressed: first the way that shows trouble on top. */
export function turned(order: Order, column: string, descendingFirst: boolean): Order {
  if (order.column !== column) return { column, descending: descendingFirst };
  return { column, descending: !order.descending };
}
