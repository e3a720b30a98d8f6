/**
 * A plain style of our own for vector tiles of the common schemas: Protomaps, OpenMapTiles and
 * Shortbread. Pale, so that zones and couriers stand out; texts in the page's own fonts.
 *
 * Pure. It names only layers that the tiles have: MapLibre complains of others. Fetching is
 * `read.ts`', zones are drawn over it by `map/style.ts`.
 */

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  LineLayerSpecification,
  SymbolLayerSpecification,
} from 'maplibre-gl';

import { GROUND } from '../style/palettes.ts';

export const TILES = 'basemap';

/** The colours of one theme. */
export interface Inks {
  readonly ground: string;
  readonly green: string;
  readonly built: string;
  readonly water: string;
  readonly road: string;
  readonly highway: string;
  readonly border: string;
  readonly text: string;
  readonly waterText: string;
}
export const LIGHT: Inks = {
  ground: GROUND.light,
  green: '#dfeadb',
  built: '#e4e8ec',
  water: '#c5dbe9',
  road: '#d6dde4',
  highway: '#d9c898',
  border: '#9aa6b1',
  text: '#56636f',
  waterText: '#44708f',
};
export const DARK: Inks = {
  ground: GROUND.dark,
  green: '#16221b',
  built: '#1a2027',
  water: '#14283a',
  road: '#2b343d',
  highway: '#3d4650',
  border: '#55606b',
  text: '#8d99a5',
  waterText: '#6d92ad',
};

/** What a feature is, as each of the schemas has it. */
const KIND: ExpressionSpecification = [
  'coalesce',
  ['get', 'kind'],
  ['get', 'pmap:kind'],
  ['get', 'class'],
  '',
];
const NAME: ExpressionSpecification = ['coalesce', ['get', 'name'], ''];
const FONT = ['system-ui', 'sans-serif'];

const GREEN = ['park', 'wood', 'forest', 'grass', 'grassland', 'garden', 'meadow', 'cemetery', 'nature_reserve', 'national_park', 'protected_area', 'recreation_ground', 'village_green', 'golf_course', 'allotments', 'scrub', 'orchard']; // prettier-ignore
const BUILT = ['residential', 'commercial', 'industrial', 'retail', 'school', 'university', 'college', 'hospital', 'urban_area', 'pedestrian', 'railway', 'aerodrome']; // prettier-ignore
const HIGHWAYS = ['highway', 'motorway', 'trunk'];
const MAJORS = ['major_road', 'primary', 'secondary', 'tertiary', 'medium_road'];
const RAILS = ['rail', 'light_rail', 'transit', 'subway', 'tram'];
/** Neither for wheels nor to be seen from above. */
const OTHERS = ['path', 'footway', 'track', 'ferry', 'pier', 'aerialway', 'other', 'steps'];
const TOWNS = ['city', 'town', 'locality', 'capital', 'state_capital'];
const PARTS = ['village', 'suburb', 'quarter', 'neighbourhood', 'borough', 'macrohood', 'hamlet'];

const is = (kinds: readonly string[]): ExpressionSpecification => ['in', KIND, ['literal', [...kinds]]];
const not = (what: ExpressionSpecification): ExpressionSpecification => ['!', what];
const shape = (name: 'Polygon' | 'LineString' | 'Point'): ExpressionSpecification => [
  'match',
  ['geometry-type'],
  [name, `Multi${name}`],
  true,
  false,
];
const all = (...parts: ExpressionSpecification[]): FilterSpecification => ['all', ...parts];
/** Grows with the zoom: zoom and value in turns. */
const by = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as ExpressionSpecification;

/** The layers that can be drawn of tiles with these layers, the lowest first; none: none known. */
export function ownLayers(has: readonly string[], inks: Inks): LayerSpecification[] {
  const made: LayerSpecification[] = [];
  /** Draws of each of the layers named that is there. */
  const of = (names: readonly string[], draw: (layer: string) => LayerSpecification): void => {
    for (const name of names) if (has.includes(name)) made.push(draw(name));
  };
  const fill =
    (what: string, color: string, filter: FilterSpecification) =>
    (layer: string): LayerSpecification => ({
      id: `${what} ${layer}`,
      type: 'fill',
      source: TILES,
      'source-layer': layer,
      filter,
      paint: { 'fill-color': color },
    });
  const line =
    (what: string, filter: FilterSpecification, paint: LineLayerSpecification['paint'], minzoom = 0) =>
    (layer: string): LayerSpecification => ({
      id: `${what} ${layer}`,
      type: 'line',
      source: TILES,
      'source-layer': layer,
      minzoom,
      filter,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: paint ?? {},
    });
  const text =
    (
      what: string,
      filter: FilterSpecification,
      size: ExpressionSpecification,
      color: string,
      minzoom: number,
      along = false,
    ) =>
    (layer: string): SymbolLayerSpecification => ({
      id: `${what} ${layer}`,
      type: 'symbol',
      source: TILES,
      'source-layer': layer,
      minzoom,
      filter,
      layout: {
        'text-field': NAME,
        'text-font': FONT,
        'text-size': size,
        'text-max-width': 8,
        'symbol-placement': along ? 'line' : 'point',
      },
      paint: { 'text-color': color, 'text-halo-color': inks.ground, 'text-halo-width': 1.4 },
    });

  const polygon = shape('Polygon');
  const lines = shape('LineString');
  of(['earth'], fill('land', inks.ground, all(polygon)));
  of(['landcover', 'landuse', 'land', 'sites'], fill('built', inks.built, all(polygon, is(BUILT))));
  of(['landcover', 'landuse', 'land', 'sites'], fill('green', inks.green, all(polygon, is(GREEN))));
  of(['park'], fill('green', inks.green, all(polygon)));
  of(['ocean', 'water', 'water_polygons'], fill('water', inks.water, all(polygon)));
  of(
    ['water', 'waterway', 'water_lines'],
    line('river', all(lines), { 'line-color': inks.water, 'line-width': by(9, 0.6, 16, 4) }, 9),
  );

  const roads = ['roads', 'transportation', 'streets'];
  const small = all(lines, not(is([...HIGHWAYS, ...MAJORS, ...RAILS, ...OTHERS])));
  const rails = { 'line-color': inks.border, 'line-width': 1, 'line-dasharray': [3, 2] };
  of(roads, line('rail', all(lines, is(RAILS)), rails, 11));
  const road = (what: string, filter: FilterSpecification, width: number[], color: string, zoom: number) =>
    of(roads, line(what, filter, { 'line-color': color, 'line-width': by(...width) }, zoom));
  road('small', small, [12, 0.5, 15, 3, 18, 14], inks.road, 12);
  road('major', all(lines, is(MAJORS)), [8, 0.6, 13, 2.4, 18, 18], inks.road, 8);
  road('highway', all(lines, is(HIGHWAYS)), [6, 0.8, 13, 3.4, 18, 22], inks.highway, 5);

  const admin: ExpressionSpecification = [
    'to-number',
    ['coalesce', ['get', 'admin_level'], ['get', 'pmap:min_admin_level'], 99],
  ];
  const borders = all(lines, ['any', ['<=', admin, 4], is(['country', 'region'])]);
  const dashes = { 'line-color': inks.border, 'line-width': 1.2, 'line-dasharray': [4, 2] };
  of(['boundaries', 'boundary'], line('border', borders, dashes));

  const point = shape('Point');
  const street = all(lines, not(is([...RAILS, 'ferry'])));
  const written = ['roads', 'transportation_name', 'street_labels'];
  of(written, text('street', street, by(14, 10, 18, 13), inks.text, 14, true));
  of(['water', 'water_name', 'water_polygons_labels'], text('lake', all(point), by(8, 10, 16, 13), inks.waterText, 8)); // prettier-ignore
  const places = ['places', 'place', 'place_labels'];
  of(places, text('part', all(is(PARTS)), by(11, 10, 16, 14), inks.text, 11));
  of(places, text('town', all(is(TOWNS)), by(5, 11, 12, 17), inks.text, 4));
  of(places, text('country', all(is(['country'])), by(2, 11, 6, 16), inks.text, 1));
  return made;
}
