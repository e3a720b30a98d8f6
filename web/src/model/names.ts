/** What zones, venues and cities are called; what has no name is called by its id. */

import { computed } from '@preact/signals';

import type { SubjectKind } from '../wire/types.ts';
import { cities, figures } from './signals.ts';

// Figures are new every other second, names hardly ever: who shows one is drawn again only then.
const told = computed(() => JSON.stringify(figures.value.map((one) => [one.city, one.name])));
const cityNames = computed(() => new Map(JSON.parse(told.value) as [string, string][]));

/** The city's name for people. Follows. */
export function cityName(slug: string): string {
  return cityNames.value.get(slug) || slug;
}

/** The name of a thing of a city. Names of zones and venues seldom change: it does not follow. */
export function nameOf(city: string, kind: SubjectKind, id: string): string {
  const model = cities.peek().get(city);
  if (kind === 'zone') return model?.zones.peek(id)?.name || id;
  if (kind === 'venue') return model?.venues.peek(id)?.name || id;
  if (kind === 'city') return cityName(id);
  return id;
}
