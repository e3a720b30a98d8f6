/** Finding couriers by a part of their id, in the city that is looked at. */

import { city } from '../model/signals.ts';
import { fold } from './query.ts';

/** At most so many ids that hold `part`, those that begin with it first. */
export function courierIds(part: string, most: number): readonly string[] {
  const couriers = city.peek()?.couriers;
  if (couriers === undefined) return [];
  const begin: string[] = [];
  const within: string[] = [];
  for (let slot = 0; slot < couriers.size && begin.length < most; slot++) {
    const id = couriers.idAt(slot);
    if (id === null) continue;
    const at = fold(id).indexOf(part);
    if (at === 0) begin.push(id);
    else if (at > 0 && within.length < most) within.push(id);
  }
  return [...begin, ...within].slice(0, most);
}
