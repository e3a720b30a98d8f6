/**
 * Cities, zones, orders, couriers and venues as the API and the stream tell of them.
 *
 * Written by hand after docs/openapi.json; `test/wire/types.test.ts` holds the one against the
 * other. Times are milliseconds since the epoch, null where not known; so are places.
 */

import type { Phrase } from './acts.ts';

/** How far an order has come. */
export type OrderState = 'accepted' | 'cancelled' | 'delivered' | 'picked_up' | 'placed' | 'ready';

/** What a client says is wrong. */
export type OrderProblem =
  | 'damaged'
  | 'missing_item'
  | 'not_received'
  | 'other'
  | 'wrong_item'
  | 'wrong_order';

/** How an order is paid. */
export type Payment = 'cash' | 'paid' | 'unpaid';

/** What a courier is doing. */
export type CourierStatus = 'at_venue' | 'idle' | 'off' | 'to_customer' | 'to_venue';

/** What a venue says of itself. */
export type VenueStatus = 'busy' | 'closed' | 'open' | 'paused';

/**
 * A city in figures at `ts`, over all its zones and outside of them.
 * `silent` couriers are not off and past `courier_stale_s`; `late` orders are past what the client
 * was promised; `outside` counts what has a known place that no zone covers. `alerts` counts the
 * living ones by state, then severity. `watchers` are the people who watch it in the stream and
 * may act.
 */
export interface City {
  readonly city: string;
  readonly name: string;
  /** As `Europe/Riga`. */
  readonly timezone: string;
  readonly zones: number;
  readonly couriers: number;
  readonly idle: number;
  readonly busy: number;
  readonly silent: number;
  readonly orders: number;
  readonly open: number;
  readonly waiting: number;
  readonly late: number;
  readonly venues: number;
  readonly outside_couriers: number;
  readonly outside_orders: number;
  readonly streams: Readonly<Record<string, Feed>>;
  readonly weather: Weather | null;
  readonly alerts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ts: number;
  readonly watchers: number;
}

/**
 * Figures minute by minute, at most an hour of them: the one at place i is of `from_ts` plus
 * i times `every_ms`, null where there is none.
 */
export interface Trend {
  readonly city: string;
  readonly zone_id: string | null;
  readonly from_ts: number;
  readonly every_ms: number;
  readonly figures: Readonly<Record<string, readonly (number | null)[]>>;
}

/** From where on the rule `zone_shortage` raises: its settings, as docs/rules.md has them. */
export interface ShortageLimits {
  readonly enabled: boolean;
  readonly ratio_raise: number;
  readonly critical_ratio_raise: number;
  readonly wait_raise_s: number;
  readonly critical_wait_raise_s: number;
  readonly min_on_shift: number;
}

/** The limits in force from `at_ts` to `until_ts` (null: for good); `zones` have others. */
export interface Limits {
  readonly city: string;
  readonly timezone: string;
  readonly at_ts: number;
  readonly until_ts: number | null;
  readonly shortage: ShortageLimits;
  readonly zones: Readonly<Record<string, ShortageLimits>>;
}

/** A stream of events: its newest event, how long ago that was, and whether it fell silent. */
export interface Feed {
  readonly last_ts: number | null;
  readonly age_s: number | null;
  readonly total: number;
  readonly silent: boolean;
}

/** The weather as last told. */
export interface Weather {
  readonly ts: number;
  readonly precipitation_mm_h: number | null;
  readonly wind_mps: number | null;
  readonly temperature_c: number | null;
}

/**
 * The figures of a zone at `ts` (contract, section 3).
 * `ratio` is open orders for each courier on shift, `clear_min` the minutes to clear it, null
 * where nobody computed them. `stale` names the silent streams that the figures depend on.
 * `pushing` tells of couriers who are asked to come, null where none are.
 * `lon`, `lat` lie well inside the zone: where a label can stand.
 */
export interface Zone {
  readonly zone_id: string;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  readonly idle: number;
  readonly busy: number;
  readonly on_shift: number;
  readonly open: number;
  readonly waiting: number;
  readonly oldest_wait_s: number;
  readonly ratio: number;
  readonly clear_min: number | null;
  readonly stale: readonly string[];
  readonly pushing: Pushing | null;
  readonly ts: number;
}

/** What couriers are being pushed to a zone: how many are wanted, how many have accepted. */
export interface Pushing {
  readonly actions: readonly string[];
  readonly expected: number;
  readonly accepted: number;
}

/**
 * A zone with the very orders, couriers and venues behind its figures.
 * Each list is cut at a limit; `zone` has the whole counts, `venue_count` the venues'.
 */
export interface ZoneDetail {
  readonly zone: Zone;
  readonly orders: readonly Order[];
  readonly couriers: readonly Courier[];
  readonly venues: readonly Venue[];
  readonly venue_count: number;
}

/**
 * An order: `state` is the furthest step known, a cancellation being the furthest of all.
 * `lon`, `lat` are its venue's, where a map shows it; where it goes are `dropoff_lon`, `_lat`.
 * `venue_promise_ts` is when the venue is to have it ready. `open` and `waiting` are what it
 * counts as in its zone. `late_min`: minutes past what the client was promised, now or when it
 * ended, at least 0. `orphan`: never placed as far as is known.
 */
export interface Order {
  readonly order_id: string;
  readonly venue_id: string | null;
  readonly courier_id: string | null;
  readonly client_id: string | null;
  readonly zone_id: string | null;
  readonly state: OrderState;
  readonly open: boolean;
  readonly waiting: boolean;
  readonly orphan: boolean;
  readonly payment: Payment;
  readonly problem: OrderProblem | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly dropoff_lon: number | null;
  readonly dropoff_lat: number | null;
  readonly placed_ts: number | null;
  readonly promised_ts: number | null;
  readonly venue_promise_ts: number | null;
  readonly accepted_ts: number | null;
  readonly ready_ts: number | null;
  readonly assigned_ts: number | null;
  readonly picked_up_ts: number | null;
  readonly delivered_ts: number | null;
  readonly cancelled_ts: number | null;
  readonly late_min: number | null;
}

/** An order with what was and is being done for it, what changed last being last. */
export interface OrderDetail extends Order {
  readonly doing: readonly Doing[];
}

/**
 * One thing that was or is being done for an order, in words; no names of people are in them.
 * `state` is the action's; `hindered` where something stands in the way of one, `seen` or
 * `claimed` where somebody at the desk has the alert. `said` is `words` as phrases.
 */
export interface Doing {
  readonly ts: number;
  readonly words: string;
  readonly action_id: string | null;
  readonly state: string;
  readonly said: readonly Phrase[];
}

/**
 * A courier: `ts` and `age_s` are his last position's, `heard_ts` is his newest word's.
 * `silent`: he is not off, and his last position is past the city's `courier_stale_s`, or never
 * came. `carrying` counts his open orders, `order_ids` names them where one courier was asked for.
 */
export interface Courier {
  readonly courier_id: string;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly status: CourierStatus;
  readonly ts: number | null;
  readonly age_s: number | null;
  readonly silent: boolean;
  readonly heard_ts: number | null;
  readonly zone_id: string | null;
  readonly carrying: number;
}

/** A courier with the orders he is to bring. */
export interface CourierDetail extends Courier {
  readonly order_ids: readonly string[];
}

/** A courier and how far he is from the point asked about, as the crow flies. */
export interface CourierNear extends Courier {
  readonly distance_m: number;
}

/**
 * A venue: `status` as last told, `takes_orders` whether that still holds and lets orders in.
 * `overdue` counts its orders past its promise, `mean_overrun_min` is the mean of its last five
 * readied, null before. `paused_by`: an action of ours has told it to take no orders.
 */
export interface Venue {
  readonly venue_id: string;
  readonly name: string | null;
  readonly client_id: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly zone_id: string | null;
  readonly status: VenueStatus;
  readonly until_ts: number | null;
  readonly takes_orders: boolean;
  readonly heartbeat_ts: number | null;
  readonly open_orders: number;
  readonly overdue: number;
  readonly mean_overrun_min: number | null;
  readonly prep_minutes: number | null;
  readonly paused_by: PausedBy | null;
}

/** Our pause of a venue, and when it ends by itself. */
export interface PausedBy {
  readonly action_id: string;
  readonly until_ts: number | null;
}
