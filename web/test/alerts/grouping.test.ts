/** Alerts of one cause are one card, the most urgent cause first. */

import { describe, expect, test } from 'vitest';

import { groupsOf, passes, peopleOf, placeOf } from '../../src/alerts/grouping.ts';
import { NO_FILTERS } from '../../src/model/signals.ts';
import { alert } from '../support/things.ts';

const unassigned = (id: string, zone: string, started_ts = 0) =>
  alert(id, {
    rule: 'order_unassigned',
    subject: { kind: 'order', id: `o-${id}` },
    about: { order: `o-${id}`, venue: 'v1', zone },
    started_ts,
  });

describe('groups', () => {
  test('orders of a zone that find no courier are one cause, those of another zone another', () => {
    const groups = groupsOf([
      unassigned('a', 'centrs'),
      unassigned('b', 'teika'),
      unassigned('c', 'centrs'),
    ]);
    expect(groups.map((group) => [group.place.id, group.alerts.length])).toEqual([
      ['centrs', 2],
      ['teika', 1],
    ]);
  });

  test('the severer cause stands first, among equals the older', () => {
    const groups = groupsOf([
      unassigned('new', 'a', 50),
      unassigned('old', 'b', 10),
      alert('critical', { severity: 'critical', started_ts: 90 }),
    ]);
    expect(groups.map((group) => group.alerts[0].id)).toEqual(['critical', 'old', 'new']);
  });

  test('a group is as severe as its worst and as old as its oldest alert', () => {
    const [group] = groupsOf([
      unassigned('a', 'centrs', 10),
      { ...unassigned('b', 'centrs', 40), severity: 'critical' },
    ]);
    expect([group?.severity, group?.since, group?.alerts[0].id]).toEqual(['critical', 10, 'b']);
  });

  test('muted alerts stand apart from those that ring', () => {
    const groups = groupsOf([
      unassigned('a', 'centrs'),
      { ...unassigned('b', 'centrs'), silenced: true },
      { ...unassigned('c', 'centrs'), inhibited_by: 'x' },
    ]);
    expect(groups.map((group) => [group.muted, group.alerts.length])).toEqual([
      [false, 1],
      [true, 2],
    ]);
  });

  test('two cities never share a cause', () => {
    expect(groupsOf([alert('a'), alert('b', { city: 'jelgava' })])).toHaveLength(2);
  });
});

test('an order whose zone is not known is a trouble of its city', () => {
  const order = unassigned('a', 'x');
  expect(placeOf({ ...order, about: { order: 'o-a' } })).toEqual({ kind: 'city', id: 'riga' });
});

test('an unaccepted order is its venue’s trouble', () => {
  const order = { ...unassigned('a', 'centrs'), rule: 'order_unaccepted' };
  expect(placeOf(order)).toEqual({ kind: 'venue', id: 'v1' });
});

test('a filter leaves in what it names; mine is what I saw or hold', () => {
  const seen = alert('a', { acked_by: 'anna' });
  const severe = { ...NO_FILTERS, severities: ['critical'] as const };
  expect(passes(seen, NO_FILTERS, null)).toBe(true);
  expect(passes(seen, severe, null)).toBe(false);
  expect(passes(seen, { ...NO_FILTERS, mine: true }, 'anna')).toBe(true);
  expect(passes(seen, { ...NO_FILTERS, mine: true }, 'boris')).toBe(false);
  expect(passes(alert('b'), { ...NO_FILTERS, mine: true }, null)).toBe(false);
});

test('what is only seen does not count as taken, nor what is taken as seen besides', () => {
  const alerts = [
    alert('a', { acked_by: 'anna' }),
    alert('b', { acked_by: 'anna', claimed_by: 'boris' }),
    alert('c', { acked_by: 'anna' }),
    alert('d'),
  ];
  expect(peopleOf(alerts)).toEqual({ taken: ['boris'], seen: ['anna', 'anna'] });
});
