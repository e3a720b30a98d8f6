/**
 * Finding couriers in the city that is looked at: by a part of their id, and those a search means.
 */

import { computed, effect } from '@preact/signals';

import { fleet, mapFilter, sources } from '../map/connect.ts';
import { shapesOf, shapeUnder } from '../map/shapes.ts';
import { NO_FILTER } from '../map/sources.ts';
import { STATUSES } from '../model/couriers.ts';
import { tick } from '../model/signals.ts';
import { EMPTY, SILENT, STATUS_BITS } from '../wire/frames.ts';
import { meantOrders, meantVenues, meantZones, query, shownNames } from './found.ts';
import { factsOfCourier, meant } from './matching.ts';
import { fold, type Query } from './query.ts';

/** Couriers times zones that may be looked at in a second. */
const MOST_LOOKS = 2_000_000;

/** At most so many ids that hold `part`, those that begin with it first. */
export function courierIds(part: string, most: number): readonly string[] {
  const { columns } = fleet;
  const begin: string[] = [];
  const within: string[] = [];
  for (let slot = 0; slot < columns.size && begin.length < most; slot++) {
    const id = columns.idAt(slot);
    if (id === null) continue;
    const at = fold(id).indexOf(part);
    if (at === 0) begin.push(id);
    else if (at > 0 && within.length < most) within.push(id);
  }
  return [...begin, ...within].slice(0, most);
}

const polygons = computed(() => {
  const collection = sources.shapes.value;
  return collection === null ? [] : shapesOf(collection);
});

/** Those who have a name yet; where a search asks for zones, with the zone they are in. */
function* known(asked: Query) {
  const { columns } = fleet;
  const isOfZones = asked.terms.some((term) => term.kind === 'field' && term.field === 'zone');
  const isLittle = columns.size * polygons.value.length <= MOST_LOOKS;
  const shapes = isOfZones && isLittle ? polygons.value : null;
  for (let slot = 0; slot < columns.size; slot++) {
    const told = columns.status[slot] ?? EMPTY;
    const id = columns.idAt(slot);
    const status = STATUSES[told & STATUS_BITS];
    if (id === null || status === undefined) continue;
    const zone = shapes === null ? null : (shapeUnder(shapes, columns, slot)?.id ?? '');
    yield { id, status, silent: (told & SILENT) !== 0, zone };
  }
}

/** Tells the map what the search means, now and as it changes; couriers once a second. */
export function followSearch(): void {
  effect(() => {
    const asked = query.value;
    if (asked.terms.length === 0) {
      if (mapFilter.peek() !== NO_FILTER) mapFilter.value = NO_FILTER;
      return;
    }
    void tick.value;
    const names = shownNames.value;
    mapFilter.value = {
      ...NO_FILTER,
      zones: meantZones.value,
      venues: meantVenues.value,
      orders: meantOrders.value,
      couriers: meant(
        asked,
        'courier',
        known(asked),
        (one) => one.id,
        (one) => factsOfCourier(one, names),
      ),
    };
  });
}
