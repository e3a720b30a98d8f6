import { describe, expect, test } from 'vitest';

import { AT_VENUE, NO_PLACE } from '../../src/map/sources.ts';
import { lookOf, SILENT_MS, waitingAt } from '../../src/map/venues.ts';
import { fleet, NOW, venue } from './scenes.ts';

const look = (told: Parameters<typeof venue>[0]) => lookOf(venue(told), 0, NOW)!;

describe('the look of a venue', () => {
  test('its shape is what it says of itself, unless it is silent or we have paused it', () => {
    expect(look({ status: 'busy' }).shape).toBe('busy');
    expect(look({ status: 'closed', heartbeat_ts: 0 }).shape).toBe('closed');
    expect(look({ heartbeat_ts: NOW - SILENT_MS - 1 }).shape).toBe('silent');
    expect(look({ heartbeat_ts: null }).shape).toBe('open');
    const paused = look({ paused_by: { action_id: 'a1', until_ts: null } });
    expect(paused).toMatchObject({ shape: 'paused', ours: true, trouble: true });
  });

  test('the ring fills with the mean delay, and turns red where the rule fires', () => {
    expect(look({ mean_overrun_min: null })).toMatchObject({ ring: 0, trouble: false });
    expect(look({ mean_overrun_min: -3 })).toMatchObject({ ring: 0, trouble: false });
    expect(look({ mean_overrun_min: 5 })).toMatchObject({ ring: 0.25, ringMark: 'order-late' });
    expect(look({ mean_overrun_min: 10 })).toMatchObject({
      ring: 0.5,
      ringMark: 'order-very-late',
      trouble: true,
    });
    expect(look({ mean_overrun_min: 90 }).ring).toBe(1);
    expect(look({ overdue: 3 }).trouble).toBe(true);
    expect(look({ overdue: 2 }).trouble).toBe(false);
  });

  test('a venue without a place is not on the map', () => {
    expect(lookOf(venue({ lon: null }), 0, NOW)).toBeNull();
  });
});

describe('couriers who wait', () => {
  const metre = 1 / 111_320;

  test('a courier counts at the nearest venue within 80 m, and at no other', () => {
    const venues = [
      venue({ venue_id: 'near', lat: 56.95 }),
      venue({ venue_id: 'next', lat: 56.95 + 60 * metre }),
    ];
    const at = (metres: number, status = AT_VENUE) => ({
      lon: 24.1,
      lat: 56.95 + metres * metre,
      status,
    });
    const riders = [at(0), at(20), at(45), at(-70), at(-95), at(0, 0), at(0, AT_VENUE | NO_PLACE)];
    expect([...waitingAt(venues, fleet(riders))].sort()).toEqual([
      ['near', 3],
      ['next', 1],
    ]);
  });

  test('whoever is nowhere near a venue counts nowhere, nor does a venue without a place', () => {
    const riders = [{ lon: 24.3, lat: 57, status: AT_VENUE }];
    expect(waitingAt([venue(), venue({ lon: null })], fleet(riders)).size).toBe(0);
  });
});
