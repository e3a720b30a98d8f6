/** A city's tables: what snapshots and deltas make of them, and what is told of alerts. */

import { describe, expect, test } from 'vitest';

import { effect } from '@preact/signals';

import { CityModel, type AlertNews } from '../../src/model/city.ts';
import type { Alert, Delta, Zone } from '../../src/wire/types.ts';
import { alert } from '../support/things.ts';

function model() {
  const news: AlertNews[] = [];
  const city = new CityModel('riga', (told) => news.push(...told));
  const kinds = (): string[] => news.map(({ kind, alert: about }) => `${kind} ${about.id}`);
  return { city, news, kinds };
}

const base = { type: 'delta', seq: 2, prev: 1, ts: 0, city: 'riga' } as const;
const alerts = (items: Alert[], gone: string[] = []): Delta => ({
  ...base,
  layer: 'alerts',
  items,
  gone,
});
const zone = (zone_id: string, ratio: number): Zone => ({ zone_id, ratio }) as Zone;

describe('tables', () => {
  test('a snapshot takes the place of its layers and leaves the others', () => {
    const { city } = model();
    city.snapshot({ zones: [zone('a', 1), zone('b', 1)], alerts: [alert('x')] }, 'new');
    city.snapshot({ zones: [zone('b', 2)] }, 'new');
    expect(city.zones.all()).toEqual([zone('b', 2)]);
    expect(city.alerts.size).toBe(1);
  });

  test('a delta puts whole items first, then takes away; an unknown key means nothing', () => {
    const { city } = model();
    city.snapshot({ zones: [zone('a', 1), zone('b', 1)] }, 'new');
    city.delta({
      ...base,
      layer: 'zones',
      items: [zone('a', 3), zone('c', 1)],
      gone: ['b', 'c', 'z'],
    });
    expect(city.zones.all()).toEqual([zone('a', 3)]);
  });

  test('whoever reads a table hears of each change of it, and of no other', () => {
    const { city } = model();
    let seen = 0;
    const end = effect(() => {
      void city.zones.rows;
      seen += 1;
    });
    city.delta({ ...base, layer: 'zones', items: [zone('a', 1)], gone: [] });
    city.delta({ ...base, layer: 'venues', items: [], gone: ['v'] });
    expect(seen).toBe(2);
    end();
  });
});

describe('alerts', () => {
  test('at the first sight of a city nothing is news', () => {
    const { city, kinds } = model();
    city.snapshot({ alerts: [alert('a'), alert('b')] }, 'new');
    expect(kinds()).toEqual([]);
    expect(city.known.value).toBe(true);
  });

  test('each change is told as what it is, once', () => {
    const { city, kinds } = model();
    city.snapshot({ alerts: [] }, 'new');
    city.delta(alerts([alert('a')]));
    city.delta(alerts([alert('a', { acked_by: 'anna' })]));
    city.delta(alerts([alert('a', { acked_by: 'anna' })]));
    city.delta(alerts([alert('a', { severity: 'critical' })]));
    city.delta(alerts([alert('a', { state: 'resolved', ended: 'recovered' })]));
    expect(kinds()).toEqual(['began a', 'changed a', 'severity a', 'ended a']);
  });

  test('one that ends leaves the living and stands first among the ended', () => {
    const { city } = model();
    city.snapshot({ alerts: [alert('a'), alert('b')] }, 'new');
    city.delta(alerts([alert('a', { state: 'resolved' })]));
    city.delta(alerts([alert('b', { state: 'resolved' })]));
    expect(city.alerts.size).toBe(0);
    expect(city.ended.value.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('one that began and ended while nobody was connected is told by both deltas', () => {
    const { city, kinds } = model();
    city.snapshot({ alerts: [] }, 'new');
    city.delta(alerts([alert('a')]));
    city.delta(alerts([alert('a', { state: 'resolved' })]));
    expect(kinds()).toEqual(['began a', 'ended a']);
  });

  test('one that is gone after a restart of the server is missed, and found again as ended', () => {
    const { city, kinds } = model();
    city.snapshot({ alerts: [alert('a'), alert('b')] }, 'new');
    city.snapshot({ alerts: [alert('b'), alert('c')] }, 'other_epoch');
    expect(kinds()).toEqual(['missed a', 'began c']);
    city.foundEnded(alert('a', { state: 'resolved' }));
    expect(city.ended.value.map(({ id }) => id)).toEqual(['a']);
  });

  test('of those that ended only so many are kept, the latest', () => {
    const { city } = model();
    for (let n = 0; n < 250; n += 1) {
      city.delta(alerts([alert(`a${n}`, { state: 'resolved' })]));
    }
    expect(city.ended.value.length).toBe(200);
    expect(city.ended.value[0]?.id).toBe('a249');
  });
});
