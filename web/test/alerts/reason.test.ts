/** The figure of an alert follows what it is about; the alert itself says how it was raised. */

import { expect, test } from 'vitest';

import { aheadOf, figureOf, waitOf } from '../../src/alerts/reason.ts';
import { alert, zone } from '../support/things.ts';

test('a shortage shows the ratio that its zone has now', () => {
  const found = figureOf(alert('a', { value: 2 }), { zone: zone({ ratio: 3.25 }) }, 0);
  expect(found).toEqual({ unit: 'ratio', value: 3.25, limit: 1.5 });
});

test('without its zone it shows the value it was raised with', () => {
  expect(figureOf(alert('a', { value: 2 }), {}, 0).value).toBe(2);
});

test('a wait grows by the clock, from the minutes it had when it fired', () => {
  const order = alert('a', { cause: 'unassigned', value: 8, threshold: 8, fired_ts: 1_000 });
  expect(figureOf(order, {}, 61_000)).toEqual({ unit: 'seconds', value: 540, limit: 480 });
});

test('of one that has ended the wait stands still', () => {
  const ended = alert('a', {
    cause: 'unassigned',
    value: 8,
    fired_ts: 0,
    state: 'resolved',
    resolved_ts: 60_000,
  });
  expect(figureOf(ended, {}, 9_999_000).value).toBe(540);
});

test('an ended shortage does not show what its zone is like now', () => {
  const ended = alert('a', { value: 2, state: 'resolved', resolved_ts: 5 });
  expect(figureOf(ended, { zone: zone({ ratio: 0 }) }, 10).value).toBe(2);
});

test('the longest wait of a zone grows between messages, and is nothing where nobody waits', () => {
  expect(waitOf(zone({ waiting: 1, oldest_wait_s: 100, ts: 0 }), 5_000)).toBe(105);
  expect(waitOf(zone({ waiting: 0, oldest_wait_s: 0, ts: 0 }), 5_000)).toBe(0);
});

test('an alert ends below its own bound, or, where it is below, below the other one', () => {
  const firing = alert('a');
  expect(aheadOf(firing, { zone: zone({ ratio: 1.6 }) }, 0)).toEqual({
    kind: 'below',
    cause: 'ratio',
    bound: 1.25,
    own: true,
  });
  const waits = zone({ ratio: 1.1, waiting: 1, oldest_wait_s: 200 });
  expect(aheadOf(firing, { zone: waits }, 0)).toMatchObject({ cause: 'oldest_wait', own: false });
});

test('while it clears it tells how long it still has to last, but not beyond that time', () => {
  const clearing = alert('a', { ends_ts: 60_000 });
  expect(aheadOf(clearing, {}, 20_000)).toEqual({ kind: 'clearing', leftS: 40 });
  expect(aheadOf(clearing, {}, 61_000)).toBeNull();
});

test('what no figure ends, and what has ended, tells nothing of its end', () => {
  expect(aheadOf(alert('a', { cause: 'unassigned', clears_below: {} }), {}, 0)).toBeNull();
  expect(aheadOf(alert('a', { state: 'resolved' }), {}, 0)).toBeNull();
});

test('a bound in minutes is told in the unit of its figure', () => {
  const slow = alert('a', {
    cause: 'mean_overrun',
    clears_below: { orders_overdue: 1, mean_overrun: 5 },
  });
  expect(aheadOf(slow, {}, 0)).toMatchObject({ cause: 'mean_overrun', bound: 300 });
});
