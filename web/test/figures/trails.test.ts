/** Figures are sampled at even distances, bounded, and begun anew when time jumps. */

import { expect, test } from 'vitest';

import { EVERY_MS, KEPT, Trails } from '../../src/figures/trails.ts';

const one = (value: number): [string, number][] => [['a', value]];

test('a sample is due every ten seconds', () => {
  const trails = new Trails();
  expect(trails.isDue(0)).toBe(true);
  trails.note(one(1), 0);
  expect([trails.isDue(EVERY_MS - 1), trails.isDue(EVERY_MS)]).toEqual([false, true]);
});

test('however long the page is open, no more is kept than fits', () => {
  const trails = new Trails();
  for (let at = 0; at < 3 * KEPT; at++) trails.note(one(at), at * EVERY_MS);
  expect([trails.of('a').length, trails.of('a').at(-1)]).toEqual([KEPT, 3 * KEPT - 1]);
});

test('a figure that is no longer there is forgotten', () => {
  const trails = new Trails();
  trails.note(one(1), 0);
  trails.note([], EVERY_MS);
  expect(trails.of('a')).toEqual([]);
});

test('after a sleep, or back in time, a trend begins anew', () => {
  const trails = new Trails();
  trails.note(one(1), 100_000);
  trails.note(one(2), 900_000);
  expect(trails.of('a')).toEqual([2]);
  expect(trails.isDue(0)).toBe(true);
  trails.note(one(3), 0);
  expect(trails.of('a')).toEqual([3]);
});
