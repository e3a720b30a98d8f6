/** How many alerts fired at once: counted by columns, drawn as a hill. */

import { expect, test } from 'vitest';

import { densityOf, hill } from '../../src/replay/density.ts';

const WINDOW = { from: 1_000, to: 241_000 }; // a second a column

test('an alert counts from where it fired to where it ended, and at its edges', () => {
  const counts = densityOf(
    [
      { fired_ts: 0, resolved_ts: 3_000 },
      { fired_ts: 2_000, resolved_ts: 2_100 },
      { fired_ts: 239_000, resolved_ts: null },
      { fired_ts: 0, resolved_ts: 900 },
      { fired_ts: 242_000, resolved_ts: null },
    ],
    WINDOW,
  );
  expect(counts).toHaveLength(240);
  expect(counts.slice(0, 4)).toEqual([1, 2, 1, 0]);
  expect(counts.slice(-3)).toEqual([0, 1, 1]);
});

test('nothing is no hill; one alert is a low one, the most reach the top', () => {
  expect(hill([0, 0], 20, 10)).toBe('');
  expect(hill([1, 0], 20, 10)).toBe('M0 20H0V17H500V20H1000V20Z');
  expect(hill([1, 5, 5, 3], 20, 10)).toBe('M0 20H0V17H250V10H750V13.5H1000V20Z');
});
