import { describe, expect, test } from 'vitest';

import {
  boxOf,
  boxOnScreen,
  latAt,
  lonAt,
  metresPerPixel,
  placeFor,
  placeOf,
  screenX,
  screenY,
  viewOf,
  worldAt,
  worldX,
  worldY,
} from '../../src/map/mercator.ts';
import type { Box } from '../../src/wire/types.ts';

describe('mercator', () => {
  test('a place comes back from the world and from the screen as it went in', () => {
    const view = viewOf({ lon: 24.1, lat: 56.95, zoom: 13.3 }, 1_280, 720);
    const [x, y] = worldAt(view, 100, 650);
    expect(screenX(view, x)).toBeCloseTo(100, 6);
    expect(screenY(view, y)).toBeCloseTo(650, 6);
    expect(worldX(lonAt(x))).toBeCloseTo(x, 12);
    expect(worldY(latAt(y))).toBeCloseTo(y, 12);
    expect(placeOf(view).zoom).toBeCloseTo(13.3, 9);
  });

  test('the world is 512 pixels wide at zoom 0, the middle of the view in its middle', () => {
    const view = viewOf({ lon: 0, lat: 0, zoom: 0 }, 512, 512);
    expect(screenX(view, worldX(-180))).toBeCloseTo(0);
    expect(screenX(view, worldX(180))).toBeCloseTo(512);
    expect(screenY(view, worldY(0))).toBeCloseTo(256);
    expect(screenY(view, worldY(85.051129))).toBeCloseTo(0, 3);
  });

  test('a box fits between its paddings, and is not magnified beyond the limit', () => {
    const box: Box = [24, 56.9, 24.3, 57];
    const [west, south, east, north] = boxOf(viewOf(placeFor(box, 800, 600, 40, 18), 800, 600));
    expect(west).toBeLessThan(24);
    expect(east).toBeGreaterThan(24.3);
    expect(south).toBeLessThan(56.9);
    expect(north).toBeGreaterThan(57);
    expect(placeFor([24, 56, 24, 56], 800, 600, 40, 15).zoom).toBe(15);
  });

  test('a pixel at the equator at zoom 0 is 78 km, half as much at 60 degrees', () => {
    expect(metresPerPixel(viewOf({ lon: 0, lat: 0, zoom: 0 }, 1, 1))).toBeCloseTo(78_271.5, 0);
    expect(metresPerPixel(viewOf({ lon: 0, lat: 60, zoom: 0 }, 1, 1))).toBeCloseTo(39_135.8, 0);
  });

  test.each([
    ['a city', [23.9, 56.8, 24.4, 57.1]],
    ['a city far north', [18.8, 69.5, 19.3, 69.8]],
    ['a city in the south', [-46.9, -24, -46.3, -23.3]],
    ['a region of two degrees', [23, 56, 25, 58]],
  ] as const)(
    'in single precision the points of %s are a tenth of a pixel from where they belong',
    (_, [west, south, east, north]) => {
      const f = Math.fround;
      for (const zoom of [8, 12, 16, 19]) {
        for (const [at, lat] of [south, (south + 3 * north) / 4, north].entries()) {
          const lon = west + ((east - west) * at) / 2;
          const view = viewOf({ lon, lat, zoom }, 1_400, 900); // looked at where it would show
          const on = boxOnScreen([west, south, east, north], view);
          const u = f(f(((lon - west) / (east - west)) * 2) - 1);
          const v = f(f(((lat - south) / (north - south)) * 2) - 1);
          const x = f(f(on.x0) + f(f(on.x1) * u));
          const y = f(f(on.y0) + f(v * f(f(on.y1) + f(v * f(f(on.y2) + f(v * f(on.y3)))))));
          // A step of the columns is 1 m for two degrees: finer than that nobody needs.
          const step = ((north - south) / 65_535 / 360) * view.scale * 2;
          expect(Math.abs(x - screenX(view, worldX(lon)))).toBeLessThan(Math.max(0.1, step));
          expect(Math.abs(y - screenY(view, worldY(lat)))).toBeLessThan(Math.max(0.1, step));
        }
      }
    },
  );
});
