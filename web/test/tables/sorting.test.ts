/** Tables are sorted as people expect, and hold still under the cursor. */

import { expect, test } from 'vitest';

import { held, pageOf, sorted, turned, type Sortable } from '../../src/tables/sorting.ts';

interface Row {
  readonly id: string;
  readonly value: Sortable;
}
const rows = (...values: Sortable[]): Row[] => values.map((value, at) => ({ id: `r${at}`, value }));
const sort = (of: Row[], descending = false): Sortable[] =>
  sorted(
    of,
    (row) => row.value,
    descending,
    (row) => row.id,
    'en',
  ).map((row) => row.value);

test('numbers are sorted by value, either way', () => {
  expect(sort(rows(10, 9, 100))).toEqual([9, 10, 100]);
  expect(sort(rows(10, 9, 100), true)).toEqual([100, 10, 9]);
});

test('ids are sorted by the numbers in them', () => {
  expect(sort(rows('c10', 'c9', 'C1'))).toEqual(['C1', 'c9', 'c10']);
});

test('what is not known comes last, whichever way', () => {
  expect(sort(rows(null, 2, 1))).toEqual([1, 2, null]);
  expect(sort(rows(null, 2, 1), true)).toEqual([2, 1, null]);
});

test('equal rows stand by their key', () => {
  const same = [
    { id: 'b', value: 1 },
    { id: 'a', value: 1 },
  ];
  expect(
    sorted(
      same,
      (row) => row.value,
      true,
      (row) => row.id,
      'en',
    ).map((row) => row.id),
  ).toEqual(['a', 'b']);
});

test('held rows keep their places, new ones come behind', () => {
  const now = [{ id: 'c' }, { id: 'a' }, { id: 'new' }];
  expect(held(now, ['a', 'gone', 'c'], (row) => row.id).map((row) => row.id)).toEqual([
    'a',
    'c',
    'new',
  ]);
});

test('a page that is no longer there is the last one', () => {
  expect(pageOf(120, 1, 50)).toEqual({ from: 50, to: 100, pages: 3 });
  expect(pageOf(120, 9, 50)).toEqual({ from: 100, to: 120, pages: 3 });
  expect(pageOf(0, 3, 50)).toEqual({ from: 0, to: 0, pages: 1 });
});

test('a column begins with its own way and turns when it is pressed again', () => {
  const first = turned({ column: 'name', descending: false }, 'late', true);
  expect(first).toEqual({ column: 'late', descending: true });
  expect(turned(first, 'late', true)).toEqual({ column: 'late', descending: false });
});
