/** Couriers in columns: slots are kept, freed and used again. */

import { expect, test } from 'vitest';

import { Couriers, FREE, STATUSES } from '../../src/model/couriers.ts';
import { courier } from '../support/things.ts';

test('a courier keeps his slot while others come and go, and his own is used again after him', () => {
  const columns = new Couriers();
  columns.change([courier('a'), courier('b'), courier('c')]);
  const slot = columns.slotOf('b');
  columns.change([courier('b', { status: 'to_venue', lon: 24.2 })], ['a']);
  expect(columns.slotOf('b')).toBe(slot);
  expect(columns.lon[slot]).toBe(24.2);
  expect(STATUSES[columns.status[slot] ?? 0]).toBe('to_venue');
  expect(columns.status[0]).toBe(FREE);
  columns.change([courier('d')]);
  expect([columns.slotOf('d'), columns.idAt(0), columns.count]).toEqual([0, 'd', 3]);
});

test('columns grow and lose nothing', () => {
  const columns = new Couriers();
  const many = Array.from({ length: 3_000 }, (_, n) => courier(`c${n}`, { lon: n / 1_000 }));
  columns.change(many);
  expect(columns.size).toBe(3_000);
  expect(columns.lon[2_999]).toBe(2.999);
  expect(columns.status[columns.size]).toBe(FREE);
});

test('a snapshot frees the slots of those who left and moves nobody', () => {
  const columns = new Couriers();
  columns.change([courier('a'), courier('b')]);
  columns.replace([courier('b')]);
  expect([columns.count, columns.slotOf('a'), columns.slotOf('b')]).toEqual([1, -1, 1]);
});

test('who has no place yet is known, without one', () => {
  const columns = new Couriers();
  columns.change([courier('a', { lon: null, lat: null, ts: null, silent: true })]);
  expect(columns.lon[0]).toBeNaN();
  expect(columns.courier('a', 5_000)).toMatchObject({ lon: null, ts: null, age_s: null });
});

test('the age of a position grows by the clock that is asked with', () => {
  const columns = new Couriers();
  columns.change([courier('a', { ts: 1_000 })]);
  expect(columns.courier('a', 31_000)?.age_s).toBe(30);
});
