import type { FeatureCollection, Position } from 'geojson';
import { describe, expect, test } from 'vitest';

import { worldX, worldY } from '../../src/map/mercator.ts';
import { boundsOf, shapeAt, shapesOf, shapeUnder } from '../../src/map/shapes.ts';
import { NO_PLACE } from '../../src/map/sources.ts';
import { fleet } from './scenes.ts';

function square(west: number, south: number, side: number): Position[] {
  const [east, north] = [west + side, south + side];
  return [[west, south], [east, south], [east, north], [west, north], [west, south]]; // prettier-ignore
}

const CITY: FeatureCollection = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      id: 'ring',
      properties: { priority: 0 },
      geometry: { type: 'Polygon', coordinates: [square(0, 0, 10), square(4, 4, 2)] },
    },
    {
      type: 'Feature',
      properties: { zone_id: 'islands', priority: 2 },
      geometry: { type: 'MultiPolygon', coordinates: [[square(1, 1, 1)], [square(20, 0, 1)]] },
    },
    {
      type: 'Feature',
      id: 'later',
      properties: {},
      geometry: { type: 'Polygon', coordinates: [square(8, 8, 4)] },
    },
    { type: 'Feature', id: 'point', properties: {}, geometry: { type: 'Point', coordinates: [0, 0] } },
  ],
};

describe('shapes', () => {
  const shapes = shapesOf(CITY);
  const at = (lon: number, lat: number) => shapeAt(shapes, worldX(lon), worldY(lat))?.id ?? null;

  test('a zone is known by its id, else its property, and only polygons are zones', () => {
    expect(shapes.map((shape) => shape.id)).toEqual(['ring', 'islands', 'later']);
  });

  test('a hole is outside, each part of a zone in parts is inside', () => {
    expect(at(3, 3)).toBe('ring');
    expect(at(5, 5)).toBeNull();
    expect(at(20.5, 0.5)).toBe('islands');
    expect(at(15, 0.5)).toBeNull();
  });

  test('of several zones the one of the highest priority counts, then the first', () => {
    expect(at(1.5, 1.5)).toBe('islands');
    expect(at(9, 9)).toBe('ring');
    expect(at(11, 11)).toBe('later');
  });

  test('a courier is in the zone that he stands in; in none, where nobody knows his place', () => {
    const riders = [{ lon: 3, lat: 3 }, { lon: 5, lat: 5 }, { lon: 3, lat: 3, status: NO_PLACE }];
    const couriers = fleet(riders, [0, 0, 30, 30]);
    const under = riders.map((_, slot) => shapeUnder(shapes, couriers, slot)?.id ?? null);
    expect(under).toEqual(['ring', null, null]);
  });

  test('the bounds hold all of them', () => {
    const [west, south, east, north] = boundsOf(shapes)!;
    expect([west, south, east, north].map((edge) => Math.round(edge * 1e6) / 1e6)).toEqual([
      0, 0, 21, 12,
    ]);
    expect(boundsOf([])).toBeNull();
  });
});
