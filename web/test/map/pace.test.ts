import { describe, expect, test } from 'vitest';

import { Pace } from '../../src/map/pace.ts';

const NEAR = 2; // metres a pixel

/** Frames of one length from `from` on, as long as it slides; answers when the last one began. */
function run(pace: Pace, from: number, frames: number, length: number): number {
  let last = from;
  for (let at = 0; at < frames && pace.slides(last, NEAR, false); at++) {
    last = from + at * length;
    pace.frame(last, at > 0);
  }
  return last;
}

describe('the pace', () => {
  test('between two updates a courier goes from the one place to the other', () => {
    const pace = new Pace();
    for (let at = 0; at <= 2_500; at += 250) pace.updated(at);
    expect(pace.share(2_500)).toBe(0);
    expect(pace.share(2_625)).toBeCloseTo(0.5, 2);
    expect(pace.share(2_750)).toBe(1);
    expect(pace.share(9_000)).toBe(1);
  });

  test('slower updates make slower slides, an update after a pause does not', () => {
    const pace = new Pace();
    for (let at = 0; at <= 20_000; at += 500) pace.updated(at);
    expect(pace.share(20_250)).toBeCloseTo(0.5, 1);
    pace.updated(90_000);
    expect(pace.share(90_250)).toBeCloseTo(0.5, 1);
  });

  test('nothing slides where motion is unwanted, nor where it could not be seen', () => {
    const pace = new Pace();
    expect(pace.slides(0, NEAR, false)).toBe(true);
    expect(pace.slides(0, NEAR, true)).toBe(false);
    expect(pace.slides(0, 100, false)).toBe(false);
  });

  test('after a dozen slow frames it rests, ten seconds at first, longer each time', () => {
    const pace = new Pace();
    const fast = run(pace, 0, 60, 16);
    expect(pace.slides(fast, NEAR, false)).toBe(true);
    const slow = run(pace, 1_000, 100, 40);
    expect(pace.slides(slow, NEAR, false)).toBe(false);
    expect(pace.slides(slow + 10_000, NEAR, false)).toBe(true);
    const again = run(pace, slow + 10_000, 100, 40);
    expect(pace.slides(again + 10_000, NEAR, false)).toBe(false);
    expect(pace.slides(again + 20_000, NEAR, false)).toBe(true);
  });

  test('frames that had stopped, and those that follow no other, are not judged', () => {
    const pace = new Pace();
    for (let at = 0; at < 100; at++) pace.frame(at * 250, false);
    for (let at = 0; at < 100; at++) pace.frame(100_000 + at * 2_000, true);
    expect(pace.slides(400_000, NEAR, false)).toBe(true);
  });
});
