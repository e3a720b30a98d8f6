/** Alerts, actions, couriers, orders and zones for tests, with what each test does not care about filled in. */

import type { Action, Alert, Courier, Order, Zone } from '../../src/wire/types.ts';

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
    clears_below: { ratio: 1.25, oldest_wait: 180 },
    ends_ts: null,
    ...more,
  };
}

export function action(id: string, more: Partial<Action> = {}): Action {
  return {
    id,
    kind: 'push_couriers',
    city: 'riga',
    alert: null,
    alerts: [],
    rule: 'zone_shortage',
    subject: { kind: 'zone', id: 'centrs' },
    mode: 'propose',
    state: 'proposed',
    dry_run: false,
    by: null,
    approved_by: null,
    reason: '',
    created_ts: 0,
    updated_ts: 0,
    deadline_ts: 900_000,
    until_ts: null,
    next_ts: null,
    stage: 'proposed',
    level: 0,
    targets: [],
    expected: { words: '', couriers: 1, acceptance: null, by_ts: null, said: [] },
    came: {
      ...{ accepted: 0, declined: 0, unanswered: 0, moved: 0, held_back: 0, held_back_moved: 0 },
      ...{ recovered_ts: null, recovered_s: null, words: '', said: [] },
    },
    record: [{ ts: 0, state: 'proposed', by: null, words: '', said: [] }],
    version: 1,
    said: [],
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

export function order(more: Partial<Order> = {}): Order {
  return {
    order_id: 'o1',
    venue_id: 'v1',
    courier_id: null,
    client_id: null,
    zone_id: 'centrs',
    state: 'placed',
    open: true,
    waiting: true,
    orphan: false,
    payment: 'paid',
    problem: null,
    lon: 24.1,
    lat: 56.9,
    dropoff_lon: 24.2,
    dropoff_lat: 56.9,
    placed_ts: 0,
    promised_ts: null,
    venue_promise_ts: null,
    accepted_ts: null,
    ready_ts: null,
    assigned_ts: null,
    picked_up_ts: null,
    delivered_ts: null,
    cancelled_ts: null,
    late_min: null,
    ...more,
  };
}

export function zone(more: Partial<Zone> = {}): Zone {
  return {
    zone_id: 'centrs',
    name: 'Centrs',
    lon: 24.1,
    lat: 56.9,
    idle: 1,
    busy: 1,
    on_shift: 2,
    open: 2,
    waiting: 1,
    oldest_wait_s: 0,
    ratio: 1,
    clear_min: null,
    stale: [],
    pushing: null,
    ts: 0,
    ...more,
  };
}
