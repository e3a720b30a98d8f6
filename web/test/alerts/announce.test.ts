/** A screen reader hears of new alerts, the worst by name, and not too often. */

import { expect, test } from 'vitest';

import { Announcer, APART_MS } from '../../src/alerts/announce.ts';
import type { AlertNews } from '../../src/model/city.ts';
import type { Alert } from '../../src/wire/types.ts';
import { alert } from '../support/things.ts';

const began = (one: Alert): AlertNews => ({ kind: 'began', alert: one, before: null });
const ended = (one: Alert): AlertNews => ({ kind: 'ended', alert: one, before: one });

test('of several new alerts the worst is named', () => {
  const announcer = new Announcer();
  announcer.note([began(alert('a')), began(alert('b', { severity: 'critical' }))]);
  const said = announcer.take(0);
  expect([said?.began, said?.worst?.id]).toEqual([2, 'b']);
});

test('the next words wait until the last are read', () => {
  const announcer = new Announcer();
  announcer.note([began(alert('a'))]);
  announcer.take(0);
  announcer.note([began(alert('b'))]);
  expect(announcer.take(APART_MS - 1)).toBeNull();
  expect(announcer.take(APART_MS)?.began).toBe(1);
});

test('muted alerts are not spoken of', () => {
  const announcer = new Announcer();
  announcer.note([began(alert('a', { silenced: true })), began(alert('b', { inhibited_by: 'x' }))]);
  expect(announcer.take(0)).toBeNull();
});

test('what began and ended unsaid is not worth a word', () => {
  const announcer = new Announcer();
  announcer.note([began(alert('a')), ended(alert('a'))]);
  expect(announcer.take(0)).toBeNull();
});

test('ends are counted', () => {
  const announcer = new Announcer();
  announcer.note([ended(alert('a')), ended(alert('b'))]);
  expect(announcer.take(0)).toEqual({ began: 0, worst: null, ended: 2 });
});

test('an alert that grew worse is spoken of again', () => {
  const announcer = new Announcer();
  const worse = alert('a', { severity: 'critical' });
  announcer.note([{ kind: 'severity', alert: worse, before: alert('a') }]);
  expect(announcer.take(0)?.worst).toBe(worse);
});
