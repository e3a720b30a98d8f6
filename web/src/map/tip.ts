/** The line beside the pointer; what it says is `tips.ts`'. */

import { untracked } from '@preact/signals';

import { limitsOf } from './limits.ts';
import type { MapSources, Pick } from './sources.ts';
import { courierTip, orderTip, venueTip, zoneTip } from './tips.ts';

const APART_PX = 14;
const EDGE_PX = 4;

export class Tip {
  readonly element = document.createElement('div');

  constructor(
    private readonly host: HTMLElement,
    private readonly sources: MapSources,
  ) {
    this.element.className = 'map-tip';
    this.element.hidden = true;
    this.element.ariaHidden = 'true'; // for eyes: everything is in the tables
  }

  /** Says what is at a point (CSS pixels of the map); nothing where there is nothing. */
  show(
    pick: Pick | null,
    at: readonly [number, number] | null,
    waiting: ReadonlyMap<string, number>,
  ): void {
    const text = pick === null || at === null ? '' : untracked(() => this.#textOf(pick, waiting));
    this.element.hidden = text === '';
    if (text === '' || at === null) return;
    this.element.textContent = text;
    const { offsetWidth, offsetHeight } = this.element;
    const right = this.host.clientWidth - offsetWidth - EDGE_PX;
    const x = Math.max(EDGE_PX, Math.min(at[0] + APART_PX, right));
    const below = at[1] + APART_PX;
    const fits = below + offsetHeight < this.host.clientHeight;
    const y = fits ? below : at[1] - APART_PX - offsetHeight;
    this.element.style.transform = `translate(${x}px, ${y}px)`;
  }

  #textOf({ kind, id }: Pick, waiting: ReadonlyMap<string, number>): string {
    const { zones, limits, venues, orders, couriers, now } = this.sources;
    const nowMs = now.peek();
    switch (kind) {
      case 'zone':
        return found(
          zones.all(),
          (zone) => zone.zone_id === id,
          (zone) => {
            const told = limits.peek();
            return zoneTip(zone, limitsOf(told, id), told?.zones[id] !== undefined, nowMs);
          },
        );
      case 'venue': {
        const told = waiting.get(id) ?? 0;
        const isIt = (venue: { venue_id: string }): boolean => venue.venue_id === id;
        return found(venues.all(), isIt, (venue) => venueTip(venue, told, nowMs));
      }
      case 'order': {
        const isIt = (order: { order_id: string }): boolean => order.order_id === id;
        return found(orders.all(), isIt, (order) => orderTip(order, nowMs));
      }
      case 'courier':
        return courierTip(couriers.fleet(), couriers.fleet().slotOf(id), nowMs);
    }
  }
}

function found<T>(all: Iterable<T>, is: (one: T) => boolean, told: (one: T) => string): string {
  for (const one of all) if (is(one)) return told(one);
  return '';
}
