import { describe, expect, test } from 'vitest';

import { pressureOf, Ratios, stepsFrom, trendOf, USUAL_LIMITS } from '../../src/map/pressure.ts';
import { NOW, zone } from './scenes.ts';

const stepOf = (told: Parameters<typeof zone>[0]) => pressureOf(zone(told), USUAL_LIMITS, NOW).step;

describe('the step of a zone', () => {
  test.each([
    [0, 0],
    [0.49, 0],
    [0.5, 1],
    [1, 2],
    [1.49, 2],
    [1.5, 3],
    [2, 4],
    [9, 4],
  ])('a ratio of %d with enough couriers is step %d', (ratio, step) => {
    expect(stepOf({ ratio })).toBe(step);
  });

  test('with fewer than five couriers a ratio alone is never red', () => {
    expect(stepOf({ ratio: 4, on_shift: 4 })).toBe(2);
    expect(stepOf({ ratio: 4, on_shift: 5 })).toBe(4);
  });

  test('with so few a ratio that would say something has no colour, unless somebody waits', () => {
    const fewIn = (told: Parameters<typeof zone>[0]) => pressureOf(zone(told), USUAL_LIMITS, NOW).few;
    expect(fewIn({ ratio: 3, on_shift: 4 })).toBe(true);
    expect(fewIn({ ratio: 1, on_shift: 4 })).toBe(true);
    expect(fewIn({ ratio: 0.9, on_shift: 4 })).toBe(false);
    expect(fewIn({ ratio: 0, on_shift: 0 })).toBe(true);
    expect(fewIn({ ratio: 3, on_shift: 5 })).toBe(false);
    expect(fewIn({ ratio: 3, on_shift: 1, oldest_wait_s: 299 })).toBe(true);
    expect(fewIn({ ratio: 3, on_shift: 1, oldest_wait_s: 300 })).toBe(false);
  });

  test('other limits move the steps', () => {
    const strict = { ...USUAL_LIMITS, ratio_raise: 0.9, critical_ratio_raise: 1.2, min_on_shift: 2 };
    expect(stepsFrom(USUAL_LIMITS)).toEqual([0, 0.5, 1, 1.5, 2]);
    const at = (ratio: number) => pressureOf(zone({ ratio, on_shift: 3 }), strict, NOW);
    expect([0.2, 0.3, 0.6, 0.9, 1.2].map((ratio) => at(ratio).step)).toEqual([0, 1, 2, 3, 4]);
    expect(at(3).few).toBe(false);
    const patient = { ...USUAL_LIMITS, wait_raise_s: 900, critical_wait_raise_s: 1200 };
    expect(pressureOf(zone({ ratio: 0.1, oldest_wait_s: 899 }), patient, NOW).step).toBe(0);
  });

  test('an order that waits five or ten minutes is a shortage whatever the ratio', () => {
    expect(stepOf({ ratio: 0.1, oldest_wait_s: 299 })).toBe(0);
    expect(stepOf({ ratio: 0.1, oldest_wait_s: 300 })).toBe(3);
    expect(stepOf({ ratio: 2.5, oldest_wait_s: 300 })).toBe(4);
    expect(stepOf({ ratio: 0.1, on_shift: 1, oldest_wait_s: 600 })).toBe(4);
  });

  test('the wait that decides is told, and grows by the clock; one that does not is not', () => {
    const waits = zone({ ratio: 0.5, oldest_wait_s: 280, ts: NOW });
    expect(pressureOf(waits, USUAL_LIMITS, NOW)).toEqual({ step: 1, waitS: null, few: false });
    expect(pressureOf(waits, USUAL_LIMITS, NOW + 60_000)).toEqual({ step: 3, waitS: 340, few: false });
    expect(pressureOf({ ...waits, ratio: 3 }, USUAL_LIMITS, NOW + 60_000)).toEqual({ step: 4, waitS: null, few: false });
    expect(pressureOf({ ...waits, oldest_wait_s: 0 }, USUAL_LIMITS, NOW + 3_600_000).step).toBe(1);
  });
});

describe('the trend', () => {
  test('a small change is level, an unknown past is no trend', () => {
    expect(trendOf(1.1, 1)).toBe('level');
    expect(trendOf(1.2, 1)).toBe('up');
    expect(trendOf(0.8, 1)).toBe('down');
    expect(trendOf(1, null)).toBeNull();
  });

  test('what stood five minutes ago is told from about the fifth minute on', () => {
    const ratios = new Ratios();
    const at = (minute: number) => NOW + minute * 60_000;
    for (let minute = 0; minute <= 3; minute++) ratios.note([zone({ ratio: minute })], at(minute));
    expect(ratios.before('centrs', at(3))).toBeNull();
    for (let minute = 4; minute <= 20; minute++) ratios.note([zone({ ratio: minute })], at(minute));
    expect(ratios.before('centrs', at(20))).toBe(15);
    expect(ratios.before('elsewhere', at(20))).toBeNull();
  });

  test('when time jumps nothing of before is compared with', () => {
    const ratios = new Ratios();
    ratios.note([zone({ ratio: 1 })], NOW);
    ratios.note([zone({ ratio: 2 })], NOW + 280_000);
    expect(ratios.before('centrs', NOW + 280_000)).toBe(1);
    ratios.note([zone({ ratio: 3 })], NOW - 3_600_000);
    expect(ratios.before('centrs', NOW - 3_600_000)).toBeNull();
    ratios.note([zone({ ratio: 4 })], NOW);
    expect(ratios.before('centrs', NOW)).toBeNull();
  });
});
