import { expect, test } from 'vitest';

import { localTime } from '../../src/map/local_time.ts';

const NOON = Date.UTC(2026, 0, 5, 12, 0);
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

test('the time of a city elsewhere is told, in the digits of the language', () => {
  const [east, west] = ['Pacific/Kiritimati', 'Pacific/Niue']; // a day apart: one of them is elsewhere
  expect(localTime(NOON, east, 'en')).toBe('02:00');
  expect(localTime(NOON, west, 'en')).toBe('01:00');
  expect(localTime(NOON, east, 'fa')).toBe('۰۲:۰۰');
});

test('where the clocks show the same, or the zone is not known, nothing is told', () => {
  expect(localTime(NOON, HERE, 'en')).toBeNull();
  expect(localTime(NOON, 'Moon/Crater', 'en')).toBeNull();
});
