import { describe, expect, test } from 'vitest';

import { limitsOf, ShownLimits } from '../../src/map/limits.ts';
import { USUAL_LIMITS } from '../../src/map/pressure.ts';
import type { Limits } from '../../src/wire/things.ts';

const strict = { ...USUAL_LIMITS, ratio_raise: 1 };

function told(city: string, at_ts: number, until_ts: number | null = null): Limits {
  return { city, timezone: 'UTC', at_ts, until_ts, shortage: strict, zones: { old: USUAL_LIMITS } };
}

/** Limits whose server answers with what is put into `answers`, and the times it was asked for. */
function asked(untilTs: number | null = null) {
  const times: [string, number][] = [];
  let clock = 0;
  const shown = new ShownLimits(
    (city, atTs) => {
      times.push([city, atTs]);
      return Promise.resolve(told(city, atTs, untilTs));
    },
    () => clock,
  );
  const look = async (city: string | null, nowMs: number, afterS: number): Promise<void> => {
    clock = afterS * 1000;
    shown.look(city, nowMs);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { shown, times, look };
}

describe('the limits that are shown', () => {
  test('they are asked for once, again in some minutes, and for another city at once', async () => {
    const { shown, times, look } = asked();
    for (let second = 0; second < 60; second++) await look('riga', 1_000 + second, second);
    expect(times).toEqual([['riga', 1_000]]);
    expect(shown.limits.value?.city).toBe('riga');
    await look('riga', 2_000, 301);
    await look('tallinn', 2_000, 302);
    expect(times.slice(1)).toEqual([['riga', 2_000], ['tallinn', 2_000]]);
    await look(null, 2_000, 303);
    expect(shown.limits.value).toBeNull();
  });

  test('when they end, and when a recorded day is wound back, they are asked for anew', async () => {
    const { times, look } = asked(5_000);
    await look('riga', 1_000, 0);
    await look('riga', 4_999, 20);
    await look('riga', 5_000, 40);
    await look('riga', 500, 60);
    expect(times.map(([, at]) => at)).toEqual([1_000, 5_000, 500]);
  });

  test('a zone has its own, else the city has, else what is usual holds', () => {
    expect(limitsOf(told('riga', 0), 'old')).toBe(USUAL_LIMITS);
    expect(limitsOf(told('riga', 0), 'new')).toBe(strict);
    expect(limitsOf(null, 'new')).toBe(USUAL_LIMITS);
  });
});
