/**
 * Why an alert fires, as a figure that follows: its value at the time it fired does not.
 *
 * Pure. Durations grow from the figure that raised the alert; a zone's and a venue's figures are
 * taken from their rows. Words are made of it by `words.ts`.
 */

import type { Alert, Cause, Venue, Zone } from '../wire/types.ts';

/** The unit of a figure: a plain count, a ratio with two decimals, or a length of time in s. */
export type Unit = 'count' | 'ratio' | 'seconds';

export interface Figure {
  readonly unit: Unit;
  readonly value: number;
  readonly limit: number;
}

interface Kind {
  readonly unit: Unit;
  /** Seconds in the alert's own unit of time. */
  readonly scale?: 1 | 60;
  /** It is a length of time that grows until the alert ends. */
  readonly grows?: true;
}

const KINDS: Readonly<Record<Cause, Kind>> = {
  ratio: { unit: 'ratio' },
  oldest_wait: { unit: 'seconds', scale: 1 },
  unaccepted: { unit: 'seconds', scale: 60, grows: true },
  unassigned: { unit: 'seconds', scale: 60, grows: true },
  pickup_late: { unit: 'seconds', scale: 60, grows: true },
  promise_passed: { unit: 'seconds', scale: 60, grows: true },
  unpaid: { unit: 'seconds', scale: 60, grows: true },
  problem_reported: { unit: 'count' },
  orders_overdue: { unit: 'count' },
  mean_overrun: { unit: 'seconds', scale: 60 },
  no_heartbeat: { unit: 'seconds', scale: 60, grows: true },
  unaccepted_run: { unit: 'count' },
  no_position: { unit: 'seconds', scale: 60, grows: true },
  not_moving: { unit: 'seconds', scale: 60, grows: true },
  no_events: { unit: 'seconds', scale: 1, grows: true },
  no_pickups: { unit: 'count' },
};
const UNKNOWN: Kind = { unit: 'count' }; // a cause of a newer server

/** The row that the alert is about, where one is known. */
export interface Rows {
  readonly zone?: Zone | undefined;
  readonly venue?: Venue | undefined;
}

/** A figure as it raised an alert of this cause, whose `value` and `limit` are in the rule's unit. */
export function raisedFigure(cause: string, value: number, limit: number): Figure {
  const { unit, scale = 1 } = KINDS[cause as Cause] ?? UNKNOWN;
  return { unit, value: value * scale, limit: limit * scale };
}

/** What a firing alert still waits for. */
export type Ahead =
  | { readonly kind: 'clearing'; readonly leftS: number }
  | { readonly kind: 'below'; readonly cause: Cause; readonly bound: number; readonly own: boolean };

/**
 * How a firing alert ends: in so long, or when a figure falls below its bound (in the figure's
 * unit): its own, or, where that is below it already, another that the rule asks for. Null where no
 * bound ends it, or nobody knows.
 */
export function aheadOf(alert: Alert, rows: Rows, now: number): Ahead | null {
  if (alert.state !== 'firing') return null;
  if (alert.ends_ts !== null) {
    // A feed that fell silent holds it beyond its time.
    if (alert.ends_ts < now) return null;
    return { kind: 'clearing', leftS: (alert.ends_ts - now) / 1000 };
  }
  const bounds = Object.entries(alert.clears_below) as [Cause, number][];
  const ordered = bounds.toSorted(([a], [b]) => Number(b === alert.cause) - Number(a === alert.cause));
  for (const [cause, told] of ordered) {
    const own = cause === alert.cause;
    const bound = told * ((KINDS[cause] ?? UNKNOWN).scale ?? 1);
    const value = liveValue(cause, rows, now);
    if (value === null ? own : value >= bound) return { kind: 'below', cause, bound, own };
  }
  return null;
}

/** The alert's figure at `now`; of one that has ended, as it was raised or had grown by its end. */
export function figureOf(alert: Alert, rows: Rows, now: number): Figure {
  const kind = KINDS[alert.cause] ?? UNKNOWN;
  const scale = kind.scale ?? 1;
  const limit = alert.threshold * scale;
  const firing = alert.state === 'firing';
  const live = firing ? liveValue(alert.cause, rows, now) : null;
  if (live !== null) return { unit: kind.unit, value: live, limit };
  let value = alert.value * scale;
  if (kind.grows === true) {
    const until = alert.resolved_ts ?? now;
    value += Math.max(0, until - (alert.fired_ts ?? alert.started_ts)) / 1000;
  }
  return { unit: kind.unit, value, limit };
}

function liveValue(cause: Cause, { zone, venue }: Rows, now: number): number | null {
  switch (cause) {
    case 'ratio':
      return zone?.ratio ?? null;
    case 'oldest_wait':
      return zone === undefined ? null : waitOf(zone, now);
    case 'orders_overdue':
      return venue?.overdue ?? null;
    case 'mean_overrun':
      return venue?.mean_overrun_min == null ? null : venue.mean_overrun_min * 60;
    default:
      return null;
  }
}

/** How long the zone's oldest order has waited at `now`, s: it grows between messages. */
export function waitOf(zone: Zone, now: number): number {
  if (zone.waiting === 0) return 0;
  return zone.oldest_wait_s + Math.max(0, now - zone.ts) / 1000;
}
