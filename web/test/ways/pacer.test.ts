/** What rings: what is new and loud, the severest of it, and no more than once in three seconds. */

import { describe, expect, test } from 'vitest';

import type { AlertNews } from '../../src/model/city.ts';
import { Pacer, severest, worthTelling } from '../../src/ways/pacer.ts';
import { alert } from '../support/things.ts';

const news = (kind: AlertNews['kind'], now = {}, before: object | null = null): AlertNews => ({
  kind,
  alert: alert('a', now),
  before: before === null ? null : alert('a', before),
});

describe('worth telling', () => {
  test.each<[string, AlertNews, boolean]>([
    ['one that began', news('began'), true],
    [
      'one that grew severer',
      news('severity', { severity: 'critical' }, { severity: 'warning' }),
      true,
    ],
    [
      'one that grew milder',
      news('severity', { severity: 'warning' }, { severity: 'critical' }),
      false,
    ],
    ['one that was acknowledged', news('changed', { acked_by: 'anna' }, {}), false],
    ['one that ended', news('ended', { state: 'resolved' }, {}), false],
    ['one that is silenced', news('began', { silenced: true }), false],
    ['one that another explains', news('began', { inhibited_by: 'b' }), false],
  ])('%s', (_, one, is) => {
    expect(worthTelling([one]).length).toBe(is ? 1 : 0);
  });

  test('the severest of several is what sounds', () => {
    const all = [
      alert('a', { severity: 'info' }),
      alert('b', { severity: 'critical' }),
      alert('c'),
    ];
    expect(severest(all)).toBe('critical');
    expect(severest([])).toBeNull();
  });
});

describe('pacing', () => {
  function paced() {
    const at = { now: 0 };
    const due: { at: number; then: () => void }[] = [];
    const handed: (readonly number[])[] = [];
    const pacer = new Pacer<number>(
      3_000,
      (items) => handed.push(items),
      () => at.now,
      (ms, then) => void due.push({ at: at.now + ms, then }),
    );
    const to = (now: number, rings = true): void => {
      at.now = now;
      if (!rings) return;
      for (const one of due.splice(0)) {
        if (one.at <= now) one.then();
        else due.push(one);
      }
    };
    return { pacer, handed, to };
  }

  test('the first is told at once, what comes within three seconds together after them', () => {
    const { pacer, handed, to } = paced();
    pacer.give([1]);
    to(100);
    pacer.give([2]);
    to(200);
    pacer.give([3]);
    expect(handed).toEqual([[1]]);
    to(3_000);
    expect(handed).toEqual([[1], [2, 3]]);
  });

  test('where timers ring late, as in a hidden tab, the next news brings the rest along', () => {
    const { pacer, handed, to } = paced();
    pacer.give([1]);
    pacer.give([2]);
    to(10_000, false);
    pacer.give([3]);
    expect(handed.flat()).toEqual([1, 2, 3]);
  });

  test('nothing is nothing to tell', () => {
    const { pacer, handed } = paced();
    pacer.give([]);
    expect(handed).toEqual([]);
  });
});
