import { describe, expect, test } from 'vitest';

import { viewOf, worldX, worldY } from '../../src/map/mercator.ts';
import { pickAt, slotAt, type Pickable } from '../../src/map/pick.ts';
import { shapesOf } from '../../src/map/shapes.ts';
import { EMPTY, NO_PLACE, OFF } from '../../src/map/sources.ts';
import { lookOf } from '../../src/map/venues.ts';
import { fleet, NOW, venue } from './scenes.ts';

const VIEW = viewOf({ lon: 24.1, lat: 56.95, zoom: 15 }, 800, 600);
const MIDDLE = [400, 300] as const;
const HERE = { lon: 24.1, lat: 56.95 };
const ON_SHIFT = 0b1111;

const NOTHING: Pickable = {
  fleet: fleet([]),
  isDrawn: () => true,
  statuses: ON_SHIFT,
  venues: [],
  venueRadius: 10,
  lines: [],
  labels: [],
  shapes: [],
};
const zones = shapesOf({
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      id: 'centrs',
      properties: {},
      geometry: { type: 'Polygon', coordinates: [[[24, 56.9], [24.2, 56.9], [24.2, 57], [24, 57], [24, 56.9]]] }, // prettier-ignore
    },
  ],
});

describe('picking', () => {
  test('what lies above wins: courier, venue, order, zone', () => {
    const couriers = fleet([HERE]);
    const venues = [lookOf(venue(), 0, NOW)!];
    const lines = [{ id: 'o1', x0: 300, y0: 300, x1: 500, y1: 300 }];
    const all = { ...NOTHING, fleet: couriers, venues, lines, shapes: zones };
    expect(pickAt(all, VIEW, ...MIDDLE)).toEqual({ kind: 'courier', id: 'c0' });
    expect(pickAt({ ...all, fleet: fleet([]) }, VIEW, ...MIDDLE)?.kind).toBe('venue');
    expect(pickAt({ ...all, fleet: fleet([]), venues: [] }, VIEW, ...MIDDLE)?.kind).toBe('order');
    expect(pickAt(all, VIEW, 400, 500)).toEqual({ kind: 'zone', id: 'centrs' });
    expect(pickAt(NOTHING, VIEW, ...MIDDLE)).toBeNull();
  });

  test('of couriers close to one another the nearest is meant', () => {
    const couriers = fleet([{ lon: 24.1001, lat: 56.95 }, HERE, { lon: 24.0999, lat: 56.95 }]);
    expect(slotAt({ ...NOTHING, fleet: couriers, statuses: ON_SHIFT }, VIEW, ...MIDDLE)).toBe(1);
    expect(slotAt({ ...NOTHING, fleet: couriers, statuses: ON_SHIFT }, VIEW, 400, 330)).toBe(-1);
  });

  test('who is not drawn is not picked: free slots, no place, off shift unless asked for', () => {
    const one = (status: number) => fleet([{ ...HERE, status }]);
    expect(slotAt({ ...NOTHING, fleet: one(EMPTY), statuses: ON_SHIFT }, VIEW, ...MIDDLE)).toBe(-1);
    expect(slotAt({ ...NOTHING, fleet: one(NO_PLACE), statuses: ON_SHIFT }, VIEW, ...MIDDLE)).toBe(-1);
    expect(slotAt({ ...NOTHING, fleet: one(OFF), statuses: ON_SHIFT }, VIEW, ...MIDDLE)).toBe(-1);
    expect(slotAt({ ...NOTHING, fleet: one(OFF), statuses: ON_SHIFT | (1 << OFF) }, VIEW, ...MIDDLE)).toBe(0);
  });

  test('who is left out in a crowd is not picked', () => {
    const left = { ...NOTHING, fleet: fleet([HERE]), isDrawn: () => false };
    expect(slotAt(left, VIEW, ...MIDDLE)).toBe(-1);
  });

  test('a line is hit along its length, not beyond its ends', () => {
    const lines = [{ id: 'o1', x0: 100, y0: 100, x1: 200, y1: 200 }];
    const at = (x: number, y: number) => pickAt({ ...NOTHING, lines }, VIEW, x, y);
    expect(at(150, 153)).toEqual({ kind: 'order', id: 'o1' });
    expect(at(150, 165)).toBeNull();
    expect(at(210, 210)).toBeNull();
  });

  test('a zone is found where the projection puts it', () => {
    const corner = { ...NOTHING, shapes: zones };
    const x = (worldX(24.2) - VIEW.x) * VIEW.scale + 400;
    const y = (worldY(56.95) - VIEW.y) * VIEW.scale + 300;
    expect(pickAt(corner, VIEW, x - 1, y)?.id).toBe('centrs');
    expect(pickAt(corner, VIEW, x + 1, y)).toBeNull();
  });
});
