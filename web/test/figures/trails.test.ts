/** Figures are sampled minute by minute, bounded, with what was before; anew when time jumps. */

import { expect, test } from 'vitest';

import { EVERY_MS, KEPT, MINUTE_MS, Trails } from '../../src/figures/trails.ts';

const one = (value: number): [string, number][] => [['a', value]];

test('a sample is due every ten seconds', () => {
  const trails = new Trails();
  expect(trails.isDue(0)).toBe(true);
  trails.note(one(1), 0);
  expect([trails.isDue(EVERY_MS - 1), trails.isDue(EVERY_MS)]).toEqual([false, true]);
});

test('the sample of the minute that runs is the latest', () => {
  const trails = new Trails();
  for (let at = 0; at < 9; at++) trails.note(one(at), at * EVERY_MS);
  expect(trails.of('a')).toEqual([5, 8]);
});

test('however long the page is open, no more is kept than fits', () => {
  const trails = new Trails();
  for (let at = 0; at < 3 * KEPT; at++) trails.note(one(at), at * MINUTE_MS);
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
  expect(trails.note(one(1), 100_000)).toBe(false);
  expect(trails.note(one(2), 900_000)).toBe(true);
  expect(trails.of('a')).toEqual([2]);
  expect(trails.isDue(0)).toBe(true);
  trails.note(one(3), 0);
  expect(trails.of('a')).toEqual([3]);
});

test('a hidden tab that was slowed down repeats the last value for the minute it missed', () => {
  const trails = new Trails();
  trails.note(one(1), 0);
  trails.note(one(2), 2 * MINUTE_MS);
  expect(trails.of('a')).toEqual([1, 1, 2]);
});

test('what was before the page opened comes first, its gaps as no change', () => {
  const trails = new Trails();
  trails.note(one(9), 10 * MINUTE_MS + 5_000);
  // Minutes 7 to 11: what the page has noted itself stays.
  trails.fill('a', 7 * MINUTE_MS, [4, null, 6, 7, 8]);
  expect(trails.of('a')).toEqual([4, 6, 6, 9]);
});

test('filled up, it is still bounded, and what is not sampled is not filled', () => {
  const trails = new Trails();
  trails.note(one(1), 100 * MINUTE_MS);
  trails.fill('a', 0, new Array(100).fill(5));
  trails.fill('b', 0, [1, 2]);
  expect([trails.of('a').length, trails.of('b')]).toEqual([KEPT, []]);
});
