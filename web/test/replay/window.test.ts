/** The time line shows the hour around the moment, and holds still while it is played. */

import { expect, test } from 'vitest';

import type { Recording } from '../../src/replay/past.ts';
import { across, gapsIn, windowOf } from '../../src/replay/window.ts';

const H = 3_600_000;

test('a short recording is shown whole', () => {
  expect(windowOf(0, H / 2, 10, 1)).toEqual({ from: 0, to: H / 2 });
});

test('the moment is within its window, which does not pass the ends', () => {
  for (const at of [0, H, 5.3 * H, 10 * H]) {
    const window = windowOf(0, 10 * H, at, 1);
    expect(window.to - window.from).toBe(H);
    expect(window.from).toBeLessThanOrEqual(at);
    expect(window.to).toBeGreaterThanOrEqual(at);
  }
});

test('the window stays while a few minutes are played', () => {
  const [one, other] = [5.3 * H, 5.3 * H + 60_000].map((at) => windowOf(0, 10 * H, at, 1));
  expect(one).toEqual(other);
});

test('places are thousandths of the window, cut at its edges', () => {
  expect([-1, 0, H / 2, 2 * H].map((ts) => across({ from: 0, to: H }, ts))).toEqual([
    0, 0, 500, 1000,
  ]);
});

test('between two stretches is a gap', () => {
  const stretches = [
    { from_ts: 0, to_ts: 10 },
    { from_ts: 20, to_ts: 50 },
  ];
  const recording = { stretches } as unknown as Recording;
  expect(gapsIn({ from: 0, to: 60 }, recording)).toEqual([{ from: 10, to: 20 }]);
});
