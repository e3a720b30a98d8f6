/**
 * Reads what lies below the zones: a style by its URL, or tiles in one file (PMTiles).
 *
 * Loaded only where a basemap is configured. What comes of it is the style for a dress; it is read
 * whole before the map is given anything, so that the map never stands without a ground.
 */

import { addProtocol, type SourceSpecification, type StyleSpecification } from 'maplibre-gl';
import { PMTiles, Protocol, TileType, type Header } from 'pmtiles';

import type { Dress } from '../map/colours.ts';
import type { Basemap } from '../wire/api.ts';
import { DARK, LIGHT, ownLayers, TILES } from './own_style.ts';

/** The style below ours, in a dress. */
export type Base = (dress: Dress) => StyleSpecification;

const WITHIN_MS = 15_000;
const RASTERS: readonly TileType[] = [TileType.Png, TileType.Jpeg, TileType.Webp, TileType.Avif];

let protocol: Protocol | null = null;

/** Throws, with words that say why, what can't be had or can't be drawn. */
export async function readBasemap({ kind, url }: Basemap): Promise<Base> {
  return kind === 'style' ? readStyle(url) : within(readTiles(url));
}

async function readStyle(url: string): Promise<Base> {
  const answer = await fetch(url, { credentials: 'omit', signal: AbortSignal.timeout(WITHIN_MS) });
  if (!answer.ok) throw new Error(`the basemap's style: ${answer.status} ${answer.statusText}`);
  const style = (await answer.json()) as StyleSpecification;
  if (!Array.isArray(style.layers)) throw new Error("the basemap's style has no layers");
  return () => style;
}

/** What the file says of itself, as far as it is used here; any of it may be missing. */
interface Metadata {
  readonly attribution?: unknown;
  readonly vector_layers?: unknown;
}

async function readTiles(path: string): Promise<Base> {
  // It is beside the page, which may itself stand below a path of a proxy.
  const url = new URL(path.replace(/^\//, ''), document.baseURI).href;
  const file = new PMTiles(url);
  const header = await file.getHeader();
  const metadata = ((await file.getMetadata()) ?? {}) as Metadata;
  if (protocol === null) {
    protocol = new Protocol();
    addProtocol('pmtiles', protocol.tile);
  }
  protocol.add(file);
  const source = sourceOf(url, header, metadata);
  if (source.type === 'raster') return (dress) => rasterStyle(source, dress);
  const layers = layersOf(metadata);
  if (ownLayers(layers, LIGHT).length === 0) {
    throw new Error(`the basemap's layers are of no known schema: ${layers.join(', ')}`);
  }
  return (dress) => styleOf(source, ownLayers(layers, dress.dark ? DARK : LIGHT), dress);
}

function sourceOf(
  url: string,
  header: Header,
  { attribution }: Metadata,
): Extract<SourceSpecification, { type: 'vector' | 'raster' }> {
  const isRaster = RASTERS.includes(header.tileType);
  if (!isRaster && header.tileType !== TileType.Mvt) {
    throw new Error(`the basemap's tiles are of kind ${header.tileType}, which is not drawn`);
  }
  return {
    type: isRaster ? 'raster' : 'vector',
    ...(isRaster && { tileSize: 256 }),
    tiles: [`pmtiles://${url}/{z}/{x}/{y}`],
    minzoom: header.minZoom,
    maxzoom: header.maxZoom,
    bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
    ...(typeof attribution === 'string' && { attribution }),
  };
}

/** The names of the vector layers. */
function layersOf({ vector_layers: told }: Metadata): readonly string[] {
  if (!Array.isArray(told)) return [];
  return told.map((one: { id?: unknown }) => String(one.id));
}

function styleOf(
  source: SourceSpecification,
  layers: StyleSpecification['layers'],
  dress: Dress,
): StyleSpecification {
  const ground = { 'background-color': dress.ground };
  const background = { id: 'ground', type: 'background', paint: ground } as const;
  return { version: 8, sources: { [TILES]: source }, layers: [background, ...layers] };
}

/** Pictures are made for the day, and loud: paler by day, darker by night. */
function rasterStyle(source: SourceSpecification, dress: Dress): StyleSpecification {
  const paint = dress.dark
    ? { 'raster-brightness-max': 0.45, 'raster-saturation': -0.5 }
    : { 'raster-opacity': 0.8, 'raster-saturation': -0.3 };
  return styleOf(source, [{ id: 'pictures', type: 'raster', source: TILES, paint }], dress);
}

/** The first of two: what is waited for, or the end of our patience. */
async function within<T>(waited: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error('the basemap did not come in time')), WITHIN_MS);
  });
  try {
    return await Promise.race([waited, late]);
  } finally {
    clearTimeout(timer);
  }
}
