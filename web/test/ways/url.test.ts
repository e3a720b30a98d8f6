/** The address holds the whole view, and is read whatever was typed. */

import { expect, test } from 'vitest';

import { readView, writeView, type View } from '../../src/ways/url.ts';

const VIEW: View = {
  city: 'riga',
  place: { lon: 24.10521, lat: 56.94961, zoom: 12.5 },
  text: 'zone:centrs late>5 "old town"',
  severities: ['critical', 'warning'],
  mine: true,
  selection: { kind: 'venue', city: 'riga', id: 'v:7 č' },
  tab: 'history',
  main: 'tables',
  at: Date.parse('2026-11-25T12:30:05Z'),
  language: 'fa',
  theme: 'dark',
};

test('a view is read as it was written', () => {
  expect(readView(writeView(VIEW))).toEqual(VIEW);
});

test('a thing of another city than the one looked at keeps its own', () => {
  const view = { ...VIEW, city: null, selection: { kind: 'zone', city: 'riga', id: 'c' } } as const;
  expect(readView(writeView(view)).selection).toEqual(view.selection);
});

test('what is as always makes no address', () => {
  expect(writeView(readView(''))).toBe('');
});

test('an address can be read by people', () => {
  const view = { ...readView('?city=riga'), place: VIEW.place, selection: null };
  expect(writeView(view)).toBe('?city=riga&place=56.94961,24.10521,12.50z');
});

test.each([
  '?place=91,24,12z',
  '?place=1.2.3,24,12z',
  '?show=zone',
  '?show=cloud:7',
  '?at=yesterday',
  '?tab=none&view=none&lang=xx&theme=pink&severity=grave',
])('what can not be read is left out: %s', (search) => {
  expect(readView(`${search}&city=riga`)).toEqual(readView('?city=riga'));
});
