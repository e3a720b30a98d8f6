/** What MapLibre is told to draw: ground, graticule, zones; over a basemap where there is one. */

import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';

import { FEW_OPACITY, type Dress } from './colours.ts';
import { STEP_MARKS } from './pressure.ts';

const NONE: FeatureCollection = { type: 'FeatureCollection', features: [] };
export const HATCH = 'cw-hatch';
export const ZONES = 'cw-zones';
export const GRATICULE = 'cw-graticule';

export interface Drawn {
  readonly zones: FeatureCollection;
  readonly graticule: FeatureCollection;
}
export const NOTHING: Drawn = { zones: NONE, graticule: NONE };

/** The style with nothing below it. */
export function plainStyle(dress: Dress, drawn: Drawn): StyleSpecification {
  const background: LayerSpecification = {
    id: 'cw-ground',
    type: 'background',
    paint: { 'background-color': dress.ground },
  };
  return { version: 8, sources: sources(drawn), layers: [background, ...layers(dress)] };
}

/** Our sources and layers above those of another style, which needs no graticule to be read by. */
export function over(base: StyleSpecification, dress: Dress, drawn: Drawn): StyleSpecification {
  return {
    ...base,
    sources: { ...base.sources, ...sources(drawn) },
    layers: [...base.layers, ...layers(dress).filter(({ id }) => id !== GRATICULE)],
  };
}

function sources({ zones, graticule }: Drawn): Record<string, SourceSpecification> {
  return {
    [GRATICULE]: { type: 'geojson', data: graticule, tolerance: 0 },
    [ZONES]: { type: 'geojson', data: zones, promoteId: 'zone_id', tolerance: 0.2 },
  };
}

const flag = (name: string): ExpressionSpecification => [
  'boolean',
  ['feature-state', name],
  false,
];

/** Our layers; figures of a zone are its feature's state: `step`, `few`, `stale`, `dim`, `hover`, `chosen`. */
function layers(dress: Dress): LayerSpecification[] {
  const colour: ExpressionSpecification = [
    'match',
    ['to-number', ['feature-state', 'step'], -1],
    ...STEP_MARKS.flatMap((mark, step) => [step, dress.marks[mark]]),
    dress.zoneLine,
  ] as unknown as ExpressionSpecification;
  const plain: ExpressionSpecification = ['case', flag('few'), dress.quiet, colour];
  const known: ExpressionSpecification = ['!=', ['feature-state', 'step'], null];
  const opacity = dress.zoneOpacity;
  return [
    {
      id: GRATICULE,
      type: 'line',
      source: GRATICULE,
      paint: { 'line-color': dress.graticule, 'line-width': 1 },
    },
    {
      id: ZONES,
      type: 'fill',
      source: ZONES,
      paint: {
        'fill-color': plain,
        'fill-antialias': false,
        'fill-opacity': [
          'case',
          flag('stale'),
          opacity * 0.2,
          flag('dim'),
          opacity * 0.35,
          flag('few'),
          opacity * FEW_OPACITY,
          known,
          opacity,
          0.06,
        ],
      },
    },
    {
      id: 'cw-zones-stale',
      type: 'fill',
      source: ZONES,
      paint: { 'fill-pattern': HATCH, 'fill-opacity': ['case', flag('stale'), 0.5, 0] },
    },
    {
      id: 'cw-zones-line',
      type: 'line',
      source: ZONES,
      layout: { 'line-join': 'round' },
      paint: { 'line-color': dress.zoneLine, 'line-width': 1 },
    },
    {
      id: 'cw-zones-mark',
      type: 'line',
      source: ZONES,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': dress.accent,
        'line-width': ['case', flag('chosen'), 3.5, 2],
        'line-opacity': ['case', flag('chosen'), 1, flag('hover'), 0.9, 0],
      },
    },
  ];
}

/** Diagonal lines for zones whose figures are not to be trusted: pixels of a square that repeats. */
export function hatch(dress: Dress): { width: number; height: number; data: Uint8ClampedArray } {
  const side = 8;
  const value = Number.parseInt(dress.quiet.slice(1), 16);
  const data = new Uint8ClampedArray(side * side * 4);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if ((row + column) % side > 1) continue;
      data.set([value >> 16, (value >> 8) & 255, value & 255, 255], (row * side + column) * 4);
    }
  }
  return { width: side, height: side, data };
}
