/** Alerts and couriers for tests, with what each test does not care about filled in. */

import type { Alert, Courier } from '../../src/wire/types.ts';

export function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: 'zone_shortage',
    severity: 'warning',
    state: 'firing',
    city: 'riga',
    subject: { kind: 'zone', id: 'centrs' },
    started_ts: 0,
    fired_ts: 0,
    resolved_ts: null,
    updated_ts: 0,
    value: 2,
    threshold: 1.5,
    reason: 'Zone Centrs: 3 open orders for 1 couriers',
    acked_by: null,
    claimed_by: null,
    silenced: false,
    inhibited_by: null,
    actions: [],
    cause: 'ratio',
    ended: null,
    about: { zone: 'centrs' },
    acked_ts: null,
    acked_until_ts: null,
    claimed_ts: null,
    silenced_by: null,
    notes: [],
    ...more,
  };
}

export function courier(courier_id: string, more: Partial<Courier> = {}): Courier {
  return {
    courier_id,
    lon: 24.1,
    lat: 56.9,
    status: 'idle',
    ts: 1_000,
    age_s: 0,
    silent: false,
    heard_ts: 1_000,
    zone_id: 'centrs',
    carrying: 0,
    ...more,
  };
}
