/**
 * Which alerts and which things on the map a search means.
 *
 * Pure. A term narrows only the kinds of things that it can speak of: `state:firing` leaves the
 * couriers alone, `venue:` the zones. A plain word is looked for in ids, names and reasons, and
 * narrows the kinds in which it is found at all (`meant`).
 */

import type { Alert, Order, Venue, Zone } from '../wire/types.ts';
import { fold, type Comparison, type Field, type Query, type Term } from './query.ts';

/** What is asked of one thing: its words, the values of its fields, how late it is. */
export interface Facts {
  readonly words: readonly (string | null | undefined)[];
  readonly fields: Readonly<Partial<Record<Field, readonly (string | null | undefined)[]>>>;
  readonly late?: number | null;
}

/** The names of zones and venues, as people type them rather than ids. */
export interface Names {
  zone(id: string): string | null;
  venue(id: string): string | null;
}

/** What can be said of each kind: other terms do not touch it. */
const STATES = {
  alert: ['firing', 'new', 'seen', 'held', 'muted'],
  order: ['placed', 'accepted', 'ready', 'picked_up', 'delivered', 'cancelled', 'open', 'waiting'],
  venue: ['open', 'busy', 'paused', 'closed'],
  courier: ['idle', 'to_venue', 'at_venue', 'to_customer', 'off', 'silent'],
  zone: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Kind = keyof typeof STATES;
/** Every value of `state:`, for suggestions. */
export const ALL_STATES: readonly string[] = [...new Set(Object.values(STATES).flat())];

/** Whether a thing of this kind is meant. */
export function holds(query: Query, kind: Kind, facts: Facts): boolean {
  return query.terms.every(
    (term) => !speaksOf(term, kind, facts) || isTrue(term, facts) !== term.not,
  );
}

function speaksOf(term: Term, kind: Kind, { fields, late }: Facts): boolean {
  if (term.kind === 'word') return true;
  if (term.kind === 'late') return late !== undefined;
  if (fields[term.field] === undefined) return false;
  const states: readonly string[] = STATES[kind];
  return term.field !== 'state' || term.values.some((value) => states.includes(value));
}

function isTrue(term: Term, { words, fields, late }: Facts): boolean {
  if (term.kind === 'word') return words.some((word) => has(word, term.text));
  if (term.kind === 'late') return late != null && compares(late, term.than, term.minutes);
  const told = fields[term.field] ?? [];
  if (term.field === 'state') return told.some((one) => one != null && term.values.includes(one));
  return term.values.some((value) => told.some((one) => has(one, value)));
}

function has(text: string | null | undefined, part: string): boolean {
  return text != null && fold(text).includes(part);
}

function compares(value: number, than: Comparison, bound: number): boolean {
  switch (than) {
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '=':
      return Math.round(value) === bound;
  }
}

/** The rules whose figure is minutes past what was promised to the client. */
const LATE_RULES: ReadonlySet<string> = new Set(['order_late']);

export function factsOfAlert(alert: Alert, names: Names): Facts {
  const { about, subject, rule } = alert;
  const of = (kind: 'zone' | 'venue' | 'courier' | 'order'): string | undefined =>
    about[kind] ?? (subject.kind === kind ? subject.id : undefined);
  const [zone, venue] = [of('zone'), of('venue')];
  const zones = zone === undefined ? [] : [zone, names.zone(zone)];
  const venues = venue === undefined ? [] : [venue, names.venue(venue)];
  const held = alert.claimed_by !== null;
  const seen = alert.acked_by !== null;
  const muted = alert.silenced || alert.inhibited_by !== null;
  const states = [
    'firing',
    held && 'held',
    seen && 'seen',
    muted && 'muted',
    !held && !seen && !muted && 'new',
  ];
  return {
    words: [subject.id, ...zones, ...venues, of('courier'), of('order'), rule, alert.reason],
    fields: {
      zone: zones,
      venue: venues,
      courier: [of('courier')],
      order: [of('order')],
      client: [about['client']],
      state: states.filter((one) => one !== false),
      rule: [rule, rule.replaceAll('_', ' ')],
      severity: [alert.severity],
      by: [alert.claimed_by, alert.acked_by],
    },
    late: LATE_RULES.has(rule) ? alert.value : null,
  };
}

export function factsOfZone(zone: Zone): Facts {
  const words = [zone.zone_id, zone.name];
  return { words, fields: { zone: words } };
}

export function factsOfVenue(venue: Venue, names: Names): Facts {
  const words = [venue.venue_id, venue.name];
  const zones = venue.zone_id === null ? [] : [venue.zone_id, names.zone(venue.zone_id)];
  return {
    words,
    fields: { venue: words, zone: zones, client: [venue.client_id], state: [venue.status] },
  };
}

export function factsOfOrder(order: Order, names: Names): Facts {
  const { zone_id: zone, venue_id: venue } = order;
  return {
    words: [order.order_id, order.courier_id, venue, venue === null ? null : names.venue(venue)],
    fields: {
      order: [order.order_id],
      courier: [order.courier_id],
      client: [order.client_id],
      zone: zone === null ? [] : [zone, names.zone(zone)],
      venue: venue === null ? [] : [venue, names.venue(venue)],
      state: [order.state, order.open ? 'open' : null, order.waiting ? 'waiting' : null],
    },
    late: order.late_min,
  };
}

/** A courier as far as the columns tell of him. */
export interface CourierFacts {
  readonly id: string;
  readonly status: string;
  readonly silent: boolean;
  readonly zone?: string | null;
}

export function factsOfCourier(
  { id, status, silent, zone = null }: CourierFacts,
  names: Names,
): Facts {
  return {
    words: [id],
    fields: {
      courier: [id],
      state: [status, silent ? 'silent' : null],
      ...(zone === null ? {} : { zone: [zone, names.zone(zone)] }),
    },
  };
}

/**
 * The keys of the rows that are meant; null where all are, or where the search is only of plain
 * words and none of these rows has them: then it is of another kind of thing.
 */
export function meant<T>(
  query: Query,
  kind: Kind,
  rows: Iterable<T>,
  keyOf: (row: T) => string,
  factsOf: (row: T) => Facts,
): ReadonlySet<string> | null {
  if (query.terms.length === 0) return null;
  const found = new Set<string>();
  let [all, touched] = [true, false];
  for (const row of rows) {
    const facts = factsOf(row);
    touched ||= query.terms.some((term) => term.kind !== 'word' && speaksOf(term, kind, facts));
    if (holds(query, kind, facts)) found.add(keyOf(row));
    else all = false;
  }
  return all || (found.size === 0 && !touched) ? null : found;
}
