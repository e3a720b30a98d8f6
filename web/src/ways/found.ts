/**
 * What the search box means in the cities that are shown: which alerts stay in the feed, which
 * things on the map are not dimmed, and what is suggested while somebody types.
 */

import { computed } from '@preact/signals';

import type { CityModel } from '../model/city.ts';
import { cities, city, filters, shownCity, type ThingKind } from '../model/signals.ts';
import type { Alert } from '../wire/types.ts';
import {
  ALL_STATES,
  factsOfAlert,
  factsOfOrder,
  factsOfVenue,
  factsOfZone,
  holds,
  meant,
  type Names,
} from './matching.ts';
import { FIELDS, fold, parse, quoted, withTerm } from './query.ts';

/** The search as it was read. */
export const query = computed(() => parse(filters.value.text));

const NOBODY: Names = { zone: () => null, venue: () => null };

function namesOf(model: CityModel | undefined): Names {
  if (model === undefined) return NOBODY;
  return {
    zone: (id) => model.zones.peek(id)?.name ?? null,
    venue: (id) => model.venues.peek(id)?.name ?? null,
  };
}

/** Whether the search leaves this alert in; follows the search. */
export function isAlertMeant(alert: Alert): boolean {
  if (query.value.terms.length === 0) return true;
  return holds(query.value, 'alert', factsOfAlert(alert, namesOf(cities.value.get(alert.city))));
}

/** The zones that are meant in the city looked at, null for all of them. */
export const meantZones = computed(() => {
  const { value: asked } = query;
  if (asked.terms.length === 0 || city.value === null) return null;
  return meant(asked, 'zone', city.value.zones.all(), (one) => one.zone_id, factsOfZone);
});

/** The venues that are meant. */
export const meantVenues = computed(() => {
  const { value: asked } = query;
  if (asked.terms.length === 0 || city.value === null) return null;
  const names = namesOf(city.value);
  return meant(
    asked,
    'venue',
    city.value.venues.all(),
    (one) => one.venue_id,
    (one) => factsOfVenue(one, names),
  );
});

/** The orders that are meant, of those that are watched. */
export const meantOrders = computed(() => {
  const { value: asked } = query;
  if (asked.terms.length === 0 || city.value === null) return null;
  const names = namesOf(city.value);
  return meant(
    asked,
    'order',
    city.value.orders.all(),
    (one) => one.order_id,
    (one) => factsOfOrder(one, names),
  );
});

/** The names of zones and venues in the city that is looked at. */
export const shownNames = computed(() => namesOf(city.value ?? undefined));

// --- suggestions

/** What may be chosen: a thing to look at, or a term to go on with. */
export type Suggestion =
  | {
      readonly kind: 'thing';
      readonly thing: ThingKind;
      readonly city: string;
      readonly id: string;
      readonly name: string;
    }
  | { readonly kind: 'term'; readonly text: string; readonly shown: string };

const MOST = 9;
const ID_KINDS = ['order', 'courier'] as const;

/**
 * Suggestions for what is typed last, the best first. `couriers` finds couriers by a part of an id.
 */
export function suggest(
  text: string,
  couriers: (part: string, most: number) => readonly string[],
): Suggestion[] {
  const last = /\s$/.test(text) ? '' : (/(?:"[^"]*"?|[^\s"])*$/.exec(text)?.[0] ?? '');
  if (last === '') return [];
  const [, field, value] = /^-?(\w+):(.*)$/.exec(last) ?? [];
  if (field !== undefined && ['state', 'severity', 'rule', 'by', 'client'].includes(field)) {
    return termsOf(text, field, fold(value ?? ''));
  }
  const wanted = FIELDS.find((one) => one === field);
  const part = fold((wanted === undefined ? last : (value ?? '')).replaceAll('"', ''));
  const found = part === '' ? [] : things(part, wanted ?? null, couriers);
  const fields = field === undefined ? FIELDS.filter((one) => one.startsWith(part)) : [];
  const terms: Suggestion[] = fields.map((one) => ({
    kind: 'term',
    text: withTerm(text, `${one}:`),
    shown: `${one}:`,
  }));
  return [...found, ...terms].slice(0, MOST);
}

function termsOf(text: string, field: string, part: string): Suggestion[] {
  const values: Readonly<Record<string, readonly string[]>> = {
    state: ALL_STATES,
    severity: ['critical', 'warning', 'info'],
    rule: [...new Set(shownModels().flatMap((one) => one.alerts.all().map((alert) => alert.rule)))],
    by: [
      ...new Set(
        shownModels().flatMap((one) =>
          one.alerts.all().flatMap((alert) => [alert.claimed_by, alert.acked_by].filter(isText)),
        ),
      ),
    ],
  };
  return (values[field] ?? [])
    .filter((value) => fold(value).includes(part))
    .slice(0, MOST)
    .map((value) => {
      const term = `${field}:${quoted(value)}`;
      return { kind: 'term', text: `${withTerm(text, term)} `, shown: term };
    });
}

function things(
  part: string,
  wanted: string | null,
  couriers: (part: string, most: number) => readonly string[],
): Suggestion[] {
  const found: { readonly rank: number; readonly thing: Suggestion }[] = [];
  const add = (thing: ThingKind, slug: string, id: string, name: string | null): void => {
    if (wanted !== null && wanted !== thing) return;
    const rank = Math.min(rankOf(fold(id), part), name === null ? 9 : rankOf(fold(name), part));
    if (rank < 9)
      found.push({ rank, thing: { kind: 'thing', thing, city: slug, id, name: name || id } });
  };
  for (const model of shownModels()) {
    for (const zone of model.zones.all()) add('zone', model.slug, zone.zone_id, zone.name);
    for (const venue of model.venues.all()) add('venue', model.slug, venue.venue_id, venue.name);
    for (const id of model.orders.rows.keys()) add('order', model.slug, id, null);
  }
  const slug = city.value?.slug ?? null;
  if (slug !== null) {
    for (const id of couriers(part, MOST)) add('courier', slug, id, null);
  }
  found.sort((a, b) => a.rank - b.rank);
  const best = found.slice(0, MOST - 1).map((one) => one.thing);
  return [...best, ...unseen(part, wanted, best)];
}

/** What may be there though this page does not hold it: the server is asked when it is chosen. */
function unseen(part: string, wanted: string | null, best: readonly Suggestion[]): Suggestion[] {
  const slug = city.value?.slug ?? null;
  const kind = ID_KINDS.find((one) => one === wanted);
  if (slug === null || kind === undefined) return [];
  if (best.some((one) => one.kind === 'thing' && fold(one.id) === part)) return [];
  const id = filters.value.text.match(/[^\s:"]+$/)?.[0] ?? part;
  return [{ kind: 'thing', thing: kind, city: slug, id, name: id }];
}

/** 0: the same; 1: begins so; 2: a word of it does; 3: it is in it; 9: it is not. */
function rankOf(text: string, part: string): number {
  const at = text.indexOf(part);
  if (at < 0) return 9;
  if (at === 0) return text.length === part.length ? 0 : 1;
  return /[\s-]/.test(text[at - 1] ?? '') ? 2 : 3;
}

function shownModels(): CityModel[] {
  const all = [...cities.value.values()];
  return shownCity.value === null ? all : all.filter((one) => one.slug === shownCity.value);
}

function isText(one: string | null): one is string {
  return one !== null;
}
