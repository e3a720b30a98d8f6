/** Nothing moves under the cursor, and nothing new stays hidden for long. */

import { expect, test } from 'vitest';

import { isHeld, steady, STILL_MS, type Row } from '../../src/alerts/steady.ts';

const item = (key: string, value = 0) => ({ key, value });
const keys = (rows: readonly Row<{ key: string }>[]) => rows.map((row) => row.key);

test('while nobody is at the list it shows what there is, in its order', () => {
  const { rows, waiting } = steady([], [item('b'), item('a')], false);
  expect([keys(rows), waiting]).toEqual([['b', 'a'], []]);
});

test('a held list keeps its order, whatever the urgency has become', () => {
  const before = steady([], [item('a'), item('b')], false).rows;
  expect(keys(steady(before, [item('b'), item('a')], true).rows)).toEqual(['a', 'b']);
});

test('a held row shows what has become of it', () => {
  const before = steady([], [item('a', 1)], false).rows;
  expect(steady(before, [item('a', 2)], true).rows[0]?.item.value).toBe(2);
});

test('what is new waits outside, the most urgent first', () => {
  const before = steady([], [item('a')], false).rows;
  const { rows, waiting } = steady(before, [item('x'), item('a'), item('y')], true);
  expect([keys(rows), waiting.map((one) => one.key)]).toEqual([['a'], ['x', 'y']]);
});

test('what has ended keeps its place until the list is let go', () => {
  const before = steady([], [item('a'), item('b')], false).rows;
  const held = steady(before, [item('b')], true);
  expect(held.rows.map((row) => row.over)).toEqual([true, false]);
  expect(keys(steady(held.rows, [item('b')], false).rows)).toEqual(['b']);
});

test('a mouse left lying on the list lets the order move on', () => {
  expect(isHeld({ atList: true, movedAt: 0 }, STILL_MS - 1)).toBe(true);
  expect(isHeld({ atList: true, movedAt: 0 }, STILL_MS)).toBe(false);
  expect(isHeld({ atList: false, movedAt: 0 }, 0)).toBe(false);
});
