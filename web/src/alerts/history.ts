/** What the history is narrowed by. Pure. */

import type { Alert } from '../wire/types.ts';

/** The rules of docs/rules.md. */
export const RULES = [
  'zone_shortage',
  'order_unaccepted',
  'order_unassigned',
  'order_pickup_late',
  'order_late',
  'order_unpaid',
  'order_problem',
  'venue_slow',
  'venue_silent',
  'courier_silent',
  'courier_stuck',
  'feed_silent',
  'city_stall',
] as const;

/** Who had to do with an alert: held it, saw it, wrote on it. */
export function takers(alert: Alert): string[] {
  const names = [alert.claimed_by, alert.acked_by, ...alert.notes.map((note) => note.by)];
  return [...new Set(names.filter((name) => name !== null))];
}
