/**
 * The zones' polygons in world coordinates: for the ground without WebGL, for picking, for how much
 * room a label has. MapLibre takes the GeoJSON as it is.
 */

import type { FeatureCollection, Position } from 'geojson';

import type { Box } from '../wire/types.ts';
import { lonAt, latAt, worldX, worldY } from './mercator.ts';
import { NO_PLACE, OUTSIDE, type Fleet } from './sources.ts';

/** A zone: rings of x, y, x, y …, holes among them (even-odd), and its bounds. */
export interface Shape {
  readonly id: string;
  readonly rings: readonly Float64Array[];
  readonly west: number;
  readonly north: number;
  readonly east: number;
  readonly south: number;
  readonly priority: number;
}

/** The shapes of a collection in its order; features that are no polygons are left out. */
export function shapesOf(collection: FeatureCollection): Shape[] {
  return collection.features.flatMap((feature) => {
    const { geometry, properties } = feature;
    const id = String(feature.id ?? properties?.['zone_id'] ?? '');
    const priority = Number(properties?.['priority'] ?? 0);
    if (geometry.type === 'Polygon') return [shapeOf(id, geometry.coordinates, priority)];
    if (geometry.type !== 'MultiPolygon') return [];
    return [shapeOf(id, geometry.coordinates.flat(), priority)];
  });
}

function shapeOf(id: string, coordinates: readonly Position[][], priority: number): Shape {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  const rings = coordinates.map((positions) => {
    const ring = new Float64Array(positions.length * 2);
    positions.forEach(([lon = 0, lat = 0], at) => {
      const [x, y] = [worldX(lon), worldY(lat)];
      ring[2 * at] = x;
      ring[2 * at + 1] = y;
      [west, east] = [Math.min(west, x), Math.max(east, x)];
      [north, south] = [Math.min(north, y), Math.max(south, y)];
    });
    return ring;
  });
  return { id, rings, west, north, east, south, priority };
}

/** Whether a point, in world coordinates, lies within a shape. */
export function within(shape: Shape, x: number, y: number): boolean {
  if (x < shape.west || x > shape.east || y < shape.north || y > shape.south) return false;
  let inside = false;
  for (const ring of shape.rings) {
    const length = ring.length;
    for (let at = 0, before = length - 2; at < length; before = at, at += 2) {
      const [x0, y0] = [ring[before] ?? 0, ring[before + 1] ?? 0];
      const [x1, y1] = [ring[at] ?? 0, ring[at + 1] ?? 0];
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
    }
  }
  return inside;
}

/** The zone at a point: of several the one of the highest priority, then the first, as counted. */
export function shapeAt(shapes: readonly Shape[], x: number, y: number): Shape | null {
  let found: Shape | null = null;
  for (const shape of shapes) {
    if (found !== null && shape.priority <= found.priority) continue;
    if (within(shape, x, y)) found = shape;
  }
  return found;
}

/** The zone that the courier of a slot is in; null where he is in none, or nobody knows where. */
export function shapeUnder(shapes: readonly Shape[], fleet: Fleet, slot: number): Shape | null {
  const { box, x, y, status } = fleet;
  if ((status[slot]! & (NO_PLACE | OUTSIDE)) !== 0) return null;
  const [west, south, east, north] = box;
  const lon = west + ((east - west) * x[slot]!) / 65535;
  const lat = south + ((north - south) * y[slot]!) / 65535;
  return shapeAt(shapes, worldX(lon), worldY(lat));
}

/** The degrees that all shapes together lie in, null where there are none. */
export function boundsOf(shapes: readonly Shape[]): Box | null {
  if (shapes.length === 0) return null;
  const west = Math.min(...shapes.map((shape) => shape.west));
  const east = Math.max(...shapes.map((shape) => shape.east));
  const north = Math.min(...shapes.map((shape) => shape.north));
  const south = Math.max(...shapes.map((shape) => shape.south));
  return [lonAt(west), latAt(south), lonAt(east), latAt(north)];
}
