/** A history that is looked at in a replay holds nothing of what came later. */

import { expect, test } from 'vitest';

import { actionAsOf, alertAsOf, readUntil } from '../../src/alerts/as_of.ts';
import type { ActionTarget } from '../../src/wire/types.ts';
import { action, alert } from '../support/things.ts';

test('an alert is not yet, pending, firing, over, as time goes on', () => {
  const whole = alert('a', {
    state: 'resolved',
    started_ts: 10,
    fired_ts: 20,
    resolved_ts: 40,
    ended: 'recovered',
    acked_by: 'anna',
    acked_ts: 30,
    notes: [{ ts: 35, by: 'anna', text: 'rain' }],
  });
  expect(alertAsOf(whole, 9)).toBeNull();
  expect(alertAsOf(whole, 15)).toMatchObject({ state: 'pending', fired_ts: null });
  expect(alertAsOf(whole, 25)).toMatchObject({ state: 'firing', acked_by: null, notes: [] });
  expect(alertAsOf(whole, 36)).toMatchObject({ acked_by: 'anna', ended: null, resolved_ts: null });
  expect(alertAsOf(whole, 40)).toEqual(whole);
});

const asked = (id: string, more: Partial<ActionTarget> = {}): ActionTarget => ({
  ...{ kind: 'courier', id, key: id, step: 'round 1', state: 'delivered', why: '', round: 1 },
  ...{ sent_ts: 20, eta_s: 60, from_zone: null, answer: 'accepted', failed_by: [] },
  ...{ answered_ts: 30, arrived_ts: 50, metres: 300, error: '', said: [] },
  ...more,
});

test('an action stands where its record had it, with those asked and come by then', () => {
  const step = { by: null, words: '', said: [] };
  const whole = action('x', {
    state: 'effective',
    created_ts: 10,
    updated_ts: 90,
    stage: 'waiting',
    approved_by: 'anna',
    targets: [asked('a'), asked('b', { sent_ts: 60, answered_ts: 70, arrived_ts: null })],
    came: { ...action('y').came, accepted: 2, moved: 1, words: '2 of 2 accepted' },
    record: [
      { ...step, ts: 10, state: 'proposed' },
      { ...step, ts: 20, state: 'approved', by: 'anna' },
      { ...step, ts: 30, state: 'delivered' },
      { ...step, ts: 90, state: 'effective' },
    ],
  });
  expect(actionAsOf(whole, 5)).toBeNull();
  const proposed = actionAsOf(whole, 15);
  expect(proposed).toMatchObject({ state: 'proposed', approved_by: null, targets: [] });
  const going = actionAsOf(whole, 55);
  expect(going).toMatchObject({ state: 'delivered', approved_by: 'anna' });
  expect(going?.came).toMatchObject({ accepted: 1, moved: 1, words: '' });
  expect(actionAsOf(whole, 65)?.targets[1]).toMatchObject({ state: 'sent', answer: null });
  expect(actionAsOf(whole, 90)).toBe(whole);
});

test('what is read reaches past the moment, and is not read anew with every second', () => {
  expect(readUntil(1)).toBe(300_000);
  expect(readUntil(300_000)).toBe(readUntil(200_000));
});
