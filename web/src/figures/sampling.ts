/**
 * Which figures are sampled while the page is open: those of cities, zones, venues in trouble, and
 * how many alerts each cause has. What was before is `past.ts`'.
 */

import { effect, untracked } from '@preact/signals';

import { groupsOf, type Group } from '../alerts/grouping.ts';
import { waitOf } from '../alerts/reason.ts';
import { cities, clock, figures, serverNow } from '../model/signals.ts';
import { FIGURES, figureIn } from './city.ts';
import { cityKey, sampled, trails, venueKey, zoneKey } from './keys.ts';
import { forgetPast, readPast } from './past.ts';

const causeKey = (group: Group): string => `cause ${group.key}`;

/** What the trend on a group's card shows, and the limit in it. */
export function trendOf(group: Group): { readonly key: string; readonly limit: number | null } {
  const { cause, city, subject, threshold } = group.alerts[0];
  switch (cause) {
    case 'ratio':
      return { key: zoneKey(city, subject.id, 'ratio'), limit: threshold };
    case 'oldest_wait':
      return { key: zoneKey(city, subject.id, 'wait'), limit: threshold };
    case 'orders_overdue':
      return { key: venueKey(city, subject.id, 'overdue'), limit: threshold };
    case 'mean_overrun':
      return { key: venueKey(city, subject.id, 'overrun'), limit: threshold };
    default:
      return { key: causeKey(group), limit: null };
  }
}

function* now(ts: number): Generator<readonly [string, number]> {
  for (const city of figures.peek()) {
    for (const name of FIGURES) yield [cityKey(city.city, name), figureIn(city.city, name) ?? 0];
  }
  for (const [slug, model] of cities.peek()) {
    for (const zone of model.zones.all()) {
      yield [zoneKey(slug, zone.zone_id, 'ratio'), zone.ratio];
      yield [zoneKey(slug, zone.zone_id, 'wait'), waitOf(zone, ts)];
    }
    for (const venue of model.venues.all()) {
      if (venue.overdue === 0 && (venue.mean_overrun_min ?? 0) <= 0) continue;
      yield [venueKey(slug, venue.venue_id, 'overdue'), venue.overdue];
      yield [venueKey(slug, venue.venue_id, 'overrun'), venue.mean_overrun_min ?? 0];
    }
    for (const group of groupsOf(model.alerts.all())) yield [causeKey(group), group.alerts.length];
  }
}

/** Samples from now on, in hidden tabs too, and at once what has just come; the answer ends it. */
export function startSampling(): () => void {
  let before = 0;
  return effect(() => {
    if (clock.value.mode !== 'live') return; // trends are of now
    const ts = serverNow.value;
    const models = [...cities.value.values()];
    const known = figures.value.length + models.filter((model) => model.known.value).length;
    if (known === before && !trails.isDue(ts)) return;
    before = known;
    untracked(() => {
      if (trails.note(now(ts), ts)) forgetPast();
      readPast();
    });
    sampled.value = sampled.peek() + 1;
  });
}
