/** What is behind a figure stands in the order in which it matters. */

import { expect, test } from 'vitest';

import { byNeed, byStatus, lateMin, zoneFromModel } from '../../src/detail/behind.ts';
import { CityModel } from '../../src/model/city.ts';
import { courier, order, zone } from '../support/things.ts';

test('orders that wait come first, then those that are latest', () => {
  const orders = [
    order({ order_id: 'calm', waiting: false, promised_ts: 900_000 }),
    order({ order_id: 'late', waiting: false, promised_ts: 100_000 }),
    order({ order_id: 'waits', waiting: true, promised_ts: 900_000 }),
  ];
  const ids = orders.toSorted(byNeed(300_000)).map((one) => one.order_id);
  expect(ids).toEqual(['waits', 'late', 'calm']);
});

test('the lateness of an order grows until it is delivered', () => {
  const one = order({ promised_ts: 60_000 });
  expect(lateMin(one, 180_000)).toBe(2);
  expect(lateMin({ ...one, delivered_ts: 120_000 }, 180_000)).toBe(1);
  expect(lateMin(order(), 0)).toBeNull();
});

test('free couriers come first, silent ones last', () => {
  const couriers = [
    courier('silent', { silent: true }),
    courier('busy', { status: 'at_venue' }),
    courier('free'),
  ];
  expect(couriers.toSorted(byStatus).map((one) => one.courier_id)).toEqual([
    'free',
    'busy',
    'silent',
  ]);
});

test('in a replay a zone shows what the recording holds of it', () => {
  const model = new CityModel('riga', () => undefined);
  model.zones.replace([zone()]);
  model.orders.replace([
    order(),
    order({ order_id: 'o2', zone_id: 'teika' }),
    order({ order_id: 'o3', open: false }),
  ]);
  model.couriers.replace([
    courier('c1'),
    courier('c2', { zone_id: 'teika' }),
    courier('c3', { status: 'off' }),
  ]);
  const found = zoneFromModel(model, 'centrs', 0);
  expect(found?.orders.map((one) => one.order_id)).toEqual(['o1']);
  expect(found?.couriers.map((one) => one.courier_id)).toEqual(['c1']);
  expect(zoneFromModel(model, 'nowhere', 0)).toBeNull();
});
