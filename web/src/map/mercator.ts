/**
 * Web Mercator by ourselves: what MapLibre does with north up and no pitch, so that overlay, marks
 * and picking put things exactly where the map has them, and the map without WebGL works the same.
 *
 * World coordinates run from 0 to 1, x to the east, y to the south. At zoom 0 the world is 512 CSS
 * pixels wide, as in MapLibre.
 */

import type { Box } from '../wire/types.ts';

const WORLD_PX = 512;
/** Beyond it the projection has no end. */
export const MAX_LAT = 85.051129;
const EQUATOR_M = 40_075_016.7;

/** What is seen: the middle in world coordinates, CSS pixels for the whole world, the size. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

/** A place and how near it is looked at: what an address keeps. */
export interface Place {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

export function worldX(lon: number): number {
  return lon / 360 + 0.5;
}

export function worldY(lat: number): number {
  const bound = Math.max(-MAX_LAT, Math.min(MAX_LAT, lat));
  return 0.5 - Math.asinh(Math.tan((bound * Math.PI) / 180)) / (2 * Math.PI);
}

export function lonAt(x: number): number {
  return (x - 0.5) * 360;
}

export function latAt(y: number): number {
  return (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
}

export function viewOf(place: Place, width: number, height: number): View {
  const scale = WORLD_PX * 2 ** place.zoom;
  return { x: worldX(place.lon), y: worldY(place.lat), scale, width, height };
}

export function placeOf(view: View): Place {
  return { lon: lonAt(view.x), lat: latAt(view.y), zoom: zoomOf(view) };
}

export function zoomOf(view: View): number {
  return Math.log2(view.scale / WORLD_PX);
}

/** CSS pixels from the left edge of the view. */
export function screenX(view: View, x: number): number {
  return (x - view.x) * view.scale + view.width / 2;
}

/** CSS pixels from the upper edge of the view. */
export function screenY(view: View, y: number): number {
  return (y - view.y) * view.scale + view.height / 2;
}

/** The world coordinates under a pixel of the view. */
export function worldAt(view: View, px: number, py: number): readonly [number, number] {
  return [
    view.x + (px - view.width / 2) / view.scale,
    view.y + (py - view.height / 2) / view.scale,
  ];
}

/** The degrees that the view covers: west, south, east, north. */
export function boxOf(view: View): Box {
  const [west, north] = worldAt(view, 0, 0);
  const [east, south] = worldAt(view, view.width, view.height);
  return [lonAt(west), latAt(south), lonAt(east), latAt(north)];
}

/** Where to look so that all of `box` is seen, `padding` CSS pixels from the edges. */
export function placeFor(
  box: Box,
  width: number,
  height: number,
  padding: number,
  maxZoom: number,
): Place {
  const [west, south, east, north] = box;
  const [x0, x1, y0, y1] = [worldX(west), worldX(east), worldY(north), worldY(south)];
  const across = Math.max(width - 2 * padding, 1) / Math.max(x1 - x0, 1e-12);
  const down = Math.max(height - 2 * padding, 1) / Math.max(y1 - y0, 1e-12);
  const zoom = Math.min(maxZoom, Math.log2(Math.min(across, down) / WORLD_PX));
  return { lon: lonAt((x0 + x1) / 2), lat: latAt((y0 + y1) / 2), zoom };
}

/** Metres on the ground that a CSS pixel is wide in the middle of the view. */
export function metresPerPixel(view: View): number {
  const lat = (latAt(view.y) * Math.PI) / 180;
  return (EQUATOR_M * Math.cos(lat)) / view.scale;
}

/**
 * Screen coordinates of columns in a box, as polynomials of u and v from −1 to 1 (west to east,
 * south to north): x = x0 + x1·u, y = y0 + y1·v + y2·v² + y3·v³.
 *
 * In single precision, too, it is exact to a hundredth of a pixel for a box of a city (2°) at every
 * zoom, which the projection itself is not: a graphics card has no doubles.
 */
export interface BoxOnScreen {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly y2: number;
  readonly y3: number;
}

export function boxOnScreen(box: Box, view: View): BoxOnScreen {
  const [west, south, east, north] = box;
  const mid = (south + north) / 2;
  const half = (((north - south) / 2) * Math.PI) / 180;
  const lat = (mid * Math.PI) / 180;
  const sec = 1 / Math.cos(lat);
  const tan = Math.tan(lat);
  // Derivatives of asinh(tan(lat)): sec, sec·tan, sec·(tan² + sec²).
  const perRadian = -view.scale / (2 * Math.PI);
  return {
    x0: screenX(view, worldX((west + east) / 2)),
    x1: ((east - west) / 720) * view.scale,
    y0: screenY(view, worldY(mid)),
    y1: perRadian * sec * half,
    y2: (perRadian * sec * tan * half ** 2) / 2,
    y3: (perRadian * sec * (tan ** 2 + sec ** 2) * half ** 3) / 6,
  };
}

/** Whether a view shows a place, to the pixel. */
export function isAt(view: View, place: Place): boolean {
  const here = placeOf(view);
  const pixels = view.scale / 360;
  return (
    Math.abs(place.lon - here.lon) * pixels < 1 &&
    Math.abs(place.lat - here.lat) * pixels < 1 &&
    Math.abs(place.zoom - here.zoom) < 0.01
  );
}
