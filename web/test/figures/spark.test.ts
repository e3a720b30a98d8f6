/** A small line stays in its box and says in numbers what it shows. */

import { expect, test } from 'vitest';

import { gistOf, lineOf } from '../../src/figures/spark.ts';

const BOX = { width: 64, height: 20 };
const ys = (path: string) =>
  path
    .split(/[ML]/)
    .slice(1)
    .map((point) => Number(point.split(' ')[1]));

test('a line rises to the top where the figure is highest', () => {
  expect(ys(lineOf([0, 5, 10], null, BOX).path)).toEqual([18, 10, 2]);
});

test('a level figure is drawn in the middle', () => {
  expect(ys(lineOf([3, 3, 3], null, BOX).path)).toEqual([10, 10, 10]);
});

test('a limit lies in the box even where the figure never reached it', () => {
  const { limitY } = lineOf([1, 2], 4, BOX);
  expect(limitY).toBe(2);
});

test('figures far from 0 are not pressed into a flat line', () => {
  expect(ys(lineOf([100, 101], null, BOX).path)).toEqual([18, 2]);
});

test('the gist is first, last, least and greatest', () => {
  expect(gistOf([3, 9, 1, 4])).toEqual({ first: 3, last: 4, low: 1, high: 9 });
  expect(gistOf([])).toBeNull();
});
