/** An order's story has everything that happened to it, in its order, with who did it. */

import { expect, test } from 'vitest';

import { storyOf } from '../../src/detail/story.ts';
import type { OrderDetail } from '../../src/wire/types.ts';
import { alert, order } from '../support/things.ts';

const detail = (more: Partial<OrderDetail> = {}): OrderDetail => ({
  ...order(),
  doing: [],
  ...more,
});
const told = (of: OrderDetail, alerts: ReturnType<typeof alert>[] = []) =>
  storyOf(of, alerts, new Map()).map((entry) => {
    if (entry.kind === 'step') return entry.step;
    if (entry.kind === 'promise') return `promise ${entry.of}`;
    return entry.kind;
  });

test('steps stand in the order in which they happened, not in that of a plan', () => {
  const one = detail({ placed_ts: 1, ready_ts: 2, accepted_ts: 3 });
  expect(told(one)).toEqual(['placed', 'ready', 'accepted']);
});

test('a step says how far past its promise it was', () => {
  const one = detail({ placed_ts: 0, delivered_ts: 90_000, promised_ts: 60_000 });
  const delivered = storyOf(one, [], new Map()).find(
    (entry) => entry.kind === 'step' && entry.step === 'delivered',
  );
  expect(delivered).toMatchObject({ lateS: 30 });
});

test('a promise that was kept is not told beside its step, a broken or open one is', () => {
  expect(told(detail({ placed_ts: 0, delivered_ts: 5, promised_ts: 9 }))).toEqual([
    'placed',
    'delivered',
  ]);
  expect(told(detail({ placed_ts: 0, promised_ts: 9 }))).toEqual(['placed', 'promise client']);
  const late = detail({ placed_ts: 0, ready_ts: 9, venue_promise_ts: 5 });
  expect(told(late)).toEqual(['placed', 'promise venue', 'ready']);
});

test('an alert, who took it, what was written and its end are parts of the story', () => {
  const one = alert('a', {
    fired_ts: 10,
    acked_by: 'anna',
    acked_ts: 20,
    notes: [{ ts: 30, by: 'boris', text: 'called' }],
    state: 'resolved',
    resolved_ts: 40,
  });
  expect(told(detail({ placed_ts: 0 }), [one])).toEqual([
    'placed',
    'alert',
    'taken',
    'note',
    'alert_ended',
  ]);
});

test('that the desk has seen it is told once, by name', () => {
  const one = detail({
    placed_ts: 0,
    doing: [
      { ts: 20, words: 'The desk has seen it.', action_id: null, state: 'seen', said: [] },
      { ts: 30, words: '3 couriers were asked.', action_id: 'x', state: 'sent', said: [] },
    ],
  });
  expect(told(one)).toEqual(['placed', 'doing']);
});
