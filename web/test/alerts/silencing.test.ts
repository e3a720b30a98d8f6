/** A silence hides exactly what all its matchers match. */

import { expect, test } from 'vitest';

import { firstChoice, hides, sharedBy } from '../../src/alerts/silencing.ts';
import { alert } from '../support/things.ts';

const order = alert('a', {
  rule: 'order_late',
  subject: { kind: 'order', id: 'o1' },
  about: { order: 'o1', venue: 'v1', zone: 'centrs' },
});
const other = { ...order, id: 'b', about: { order: 'o2', venue: 'v2', zone: 'centrs' } };

test('all matchers must hold', () => {
  const rule = { field: 'rule', value: 'order_late' } as const;
  expect(hides([rule], order)).toBe(true);
  expect(hides([rule, { field: 'zone', value: 'teika' }], order)).toBe(false);
  expect(hides([rule, { field: 'courier', value: 'c1' }], order)).toBe(false);
});

test('several alerts can be silenced by what they share only', () => {
  expect(sharedBy([order, other]).map(({ field }) => field)).toEqual(['rule', 'zone', 'severity']);
});

test('what is shared hides each of them', () => {
  const shared = sharedBy([order, other]);
  expect([order, other].every((one) => hides(shared, one))).toBe(true);
});

test('a silence begins as narrow as what it was opened on', () => {
  expect([...firstChoice(sharedBy([order]), 'order')].sort()).toEqual(['order', 'rule']);
  expect([...firstChoice(sharedBy([order, other]), 'order')].sort()).toEqual(['rule', 'zone']);
});
