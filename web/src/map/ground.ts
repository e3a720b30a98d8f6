/**
 * The ground: what lies below couriers, venues and labels, and how the watcher moves about. There
 * are two: `map.ts` with MapLibre, `ground2d.ts` where the browser has no WebGL.
 */

import type { FeatureCollection } from 'geojson';

import type { Basemap } from '../wire/api.ts';
import type { Box } from '../wire/types.ts';
import type { Dress } from './colours.ts';
import type { Place, View } from './mercator.ts';
import type { Step } from './pressure.ts';
import type { Shape } from './shapes.ts';
import type { BasemapState } from './underlay.ts';

export const MIN_ZOOM = 2;
export const MAX_ZOOM = 19;
export const FIT_ZOOM = 15;
export const FIT_PADDING = 32;
export const KEY_PAN_PX = 100;

/** How a zone is coloured. */
export interface ZonePaint {
  readonly step: Step;
  readonly few: boolean;
  readonly stale: boolean;
  readonly dim: boolean;
}

export interface Ground {
  readonly way: 'maplibre' | 'canvas2d';
  /** What has the focus, takes the keys and the pointer. */
  readonly element: HTMLElement;
  view(): View;
  /** The zones' polygons, others than before. */
  show(collection: FeatureCollection, shapes: readonly Shape[]): void;
  paint(zones: ReadonlyMap<string, ZonePaint>): void;
  outline(hovered: string | null, selected: string | null): void;
  dress(dress: Dress): void;
  lay(basemap: Basemap | null): void;
  go(place: Place): void;
  fit(box: Box): void;
  zoomBy(steps: number): void;
  resize(): void;
  destroy(): void;
}

export interface GroundEvents {
  /** The view has changed; called within the frame in which the ground is drawn so. */
  moved(): void;
  /** It has come to rest. */
  rested(): void;
  /** What became of the basemap. */
  basemap(state: BasemapState): void;
}

export type GroundMaker = new (
  host: HTMLElement,
  dress: Dress,
  place: Place,
  events: GroundEvents,
) => Ground;

/** Meridians and parallels within a box, `step` degrees apart. */
export function graticule([west, south, east, north]: Box, step: number): FeatureCollection {
  const lines: [number, number][][] = [];
  for (let at = Math.ceil(west / step); at <= Math.floor(east / step); at++) {
    lines.push([
      [at * step, south],
      [at * step, north],
    ]);
  }
  for (let at = Math.ceil(south / step); at <= Math.floor(north / step); at++) {
    lines.push([
      [west, at * step],
      [east, at * step],
    ]);
  }
  const geometry = { type: 'MultiLineString' as const, coordinates: lines };
  return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] };
}

/** The box grown by so many times its extent, within the world. */
export function around([west, south, east, north]: Box, times: number): Box {
  const [wide, high] = [(east - west) * times, (north - south) * times];
  return [
    Math.max(-180, west - wide),
    Math.max(-80, south - high),
    Math.min(180, east + wide),
    Math.min(80, north + high),
  ];
}

/** Degrees between two lines of a graticule, so that some are seen of a box and not many. */
export function graticuleStep([west, , east]: Box): number {
  for (const step of [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]) {
    if ((east - west) / step <= 12) return step;
  }
  return 30;
}
