/** The load of a watcher: alerts of the last hour, how soon they were taken. */

import { expect, test } from 'vitest';

import { median, Responses, WINDOW_MS } from '../../src/figures/responses.ts';
import { alert } from '../support/things.ts';

test('the first response is the middle of the times from firing to being taken', () => {
  const responses = new Responses();
  responses.note(alert('a', { fired_ts: 0, acked_by: 'anna', acked_ts: 10_000 }));
  responses.note(alert('b', { fired_ts: 0, claimed_by: 'boris', claimed_ts: 30_000 }));
  responses.note(alert('c', { fired_ts: 0 }));
  expect(responses.load('riga', 60_000)).toEqual({ fired: 3, taken: 2, medianS: 20 });
});

test('an ack that has come off again still counts as it was first seen', () => {
  const responses = new Responses();
  responses.note(alert('a', { fired_ts: 0, acked_by: 'anna', acked_ts: 5_000 }));
  responses.note(alert('a', { fired_ts: 0 }));
  responses.note(alert('a', { fired_ts: 0, acked_by: 'boris', acked_ts: 900_000 }));
  expect(responses.load('riga', 900_000).medianS).toBe(5);
});

test('what fired more than an hour ago no longer counts', () => {
  const responses = new Responses();
  responses.note(alert('a', { fired_ts: 0 }));
  expect(responses.load('riga', WINDOW_MS + 1).fired).toBe(0);
});

test('cities are counted apart, and pending alerts not at all', () => {
  const responses = new Responses();
  responses.note(alert('a', { fired_ts: null }));
  responses.note(alert('b', { fired_ts: 0, city: 'jelgava' }));
  expect([responses.load('riga', 0).fired, responses.load('jelgava', 0).fired]).toEqual([0, 1]);
});

test('the median of an even count lies between the middle two, of none it is nothing', () => {
  expect([median([4, 1, 3, 2]), median([])]).toEqual([2.5, null]);
});
