import { describe, expect, test } from 'vitest';

import { lateMinutes, linesOf } from '../../src/map/orders.ts';
import { NO_FILTER } from '../../src/map/sources.ts';
import { NOW, order } from './scenes.ts';

const ids = (lines: readonly { id: string }[]) => lines.map((line) => line.id);

describe('lines of orders', () => {
  const orders = [
    order({ order_id: 'a', zone_id: 'centrs', venue_id: 'v1', courier_id: 'c1' }),
    order({ order_id: 'b', zone_id: 'centrs', venue_id: 'v2', promised_ts: NOW - 60_000 }),
    order({ order_id: 'c', zone_id: 'teika', venue_id: 'v3', promised_ts: NOW - 700_000 }),
    order({ order_id: 'over', open: false, state: 'delivered' }),
    order({ order_id: 'nowhere', dropoff_lon: null }),
  ];
  const of = (kind: 'zone' | 'venue' | 'courier' | 'order', id: string) =>
    linesOf(orders, { kind, id }, NO_FILTER, NOW);

  test('a selection shows its open orders whose places are known, the latest on top', () => {
    expect(ids(of('zone', 'centrs'))).toEqual(['a', 'b']);
    expect(ids(of('venue', 'v3'))).toEqual(['c']);
    expect(ids(of('courier', 'c1'))).toEqual(['a']);
  });

  test('an order that is over shows when it is selected itself', () => {
    expect(ids(of('order', 'over'))).toEqual(['over']);
    expect(ids(of('zone', 'centrs'))).not.toContain('over');
  });

  test('nothing selected shows nothing, a search what it means', () => {
    expect(linesOf(orders, null, NO_FILTER, NOW)).toEqual([]);
    const filter = { ...NO_FILTER, orders: new Set(['c', 'over']) };
    expect(ids(linesOf(orders, null, filter, NOW))).toEqual(['c']);
  });

  test('lateness grows by the clock while an order is open, and stands when it is over', () => {
    expect(of('zone', 'centrs').map((line) => line.lateness)).toEqual(['on-time', 'late']);
    expect(of('zone', 'teika')[0]?.lateness).toBe('very-late');
    expect(lateMinutes(order({ promised_ts: NOW - 90_000 }), NOW)).toBe(1.5);
    expect(lateMinutes(order({ open: false, late_min: 4, promised_ts: 0 }), NOW)).toBe(4);
    expect(lateMinutes(order({ promised_ts: null }), NOW)).toBe(0);
  });

  test('of very many the latest are kept', () => {
    const many = Array.from({ length: 1_000 }, (_, at) =>
      order({ order_id: `o${at}`, promised_ts: NOW - at * 1_000 }),
    );
    const lines = linesOf(many, { kind: 'zone', id: 'centrs' }, NO_FILTER, NOW);
    expect(lines.length).toBeLessThan(500);
    expect(lines.at(-1)?.id).toBe('o999');
  });
});
