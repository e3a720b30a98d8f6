/** What zones, venues and cities are called; what has no name is called by its id. */

import { computed, type ReadonlySignal } from '@preact/signals';

import type { SubjectKind } from '../wire/types.ts';
import type { CityModel } from './city.ts';
import { cities, figures } from './signals.ts';

// Figures are new every other second, names hardly ever: who shows one is drawn again only then.
const told = computed(() => JSON.stringify(figures.value.map((one) => [one.city, one.name])));
const cityNames = computed(() => new Map(JSON.parse(told.value) as [string, string][]));

/** The city's name for people. Follows. */
export function cityName(slug: string): string {
  return cityNames.value.get(slug) || slug;
}

const arrivals = new WeakMap<CityModel, ReadonlySignal<string>>();

/** Changes when a city's first zones, or its first venues, have come. */
function arrivalOf(model: CityModel): ReadonlySignal<string> {
  let arrival = arrivals.get(model);
  if (arrival === undefined) {
    arrival = computed(() => `${model.zones.size > 0} ${model.venues.size > 0}`);
    arrivals.set(model, arrival);
  }
  return arrival;
}

/**
 * The name of a thing of a city. It follows until zones and venues have come; after that their
 * names seldom change.
 */
export function nameOf(city: string, kind: SubjectKind, id: string): string {
  const model = cities.value.get(city);
  if (model !== undefined) void arrivalOf(model).value;
  if (kind === 'zone') return model?.zones.peek(id)?.name || id;
  if (kind === 'venue') return model?.venues.peek(id)?.name || id;
  if (kind === 'city') return cityName(id);
  return id;
}
