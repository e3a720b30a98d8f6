import { describe, expect, test } from 'vitest';

import { placeLabels, type ZoneLabel } from '../../src/map/labels.ts';
import { viewOf, worldX, worldY } from '../../src/map/mercator.ts';

const VIEW = viewOf({ lon: 24, lat: 57, zoom: 12 }, 1_000, 700);
const measure = (text: string): number => text.length * 7;

function label(id: string, told: Partial<ZoneLabel> = {}): ZoneLabel {
  return {
    id,
    name: `Zone ${id}`,
    step: 1,
    few: false,
    sign: 'dot',
    ratio: '0.8',
    waits: null,
    clear: '12 min',
    trend: 'level',
    pushing: null,
    stale: false,
    dim: false,
    x: worldX(24),
    y: worldY(57),
    width: 400 / VIEW.scale,
    first: false,
    ...told,
  };
}

describe('labels', () => {
  test('no label touches another, however crowded the city is', () => {
    const crowd = Array.from({ length: 150 }, (_, at) =>
      label(`z${at}`, {
        x: worldX(23.9 + ((at * 37) % 150) * 0.0013),
        y: worldY(56.96 + ((at * 71) % 150) * 0.0005),
        step: (at % 5) as ZoneLabel['step'],
      }),
    );
    const placed = placeLabels(crowd, VIEW, measure);
    expect(placed.length).toBeGreaterThan(20);
    for (const [at, a] of placed.entries()) {
      for (const b of placed.slice(at + 1)) {
        const apart =
          a.left + a.width <= b.left ||
          b.left + b.width <= a.left ||
          a.top + a.height <= b.top ||
          b.top + b.height <= a.top;
        expect(apart, `${a.label.id} and ${b.label.id}`).toBe(true);
      }
    }
  });

  test('of two in one place the harder pressed stays', () => {
    const placed = placeLabels([label('calm'), label('grave', { step: 4 })], VIEW, measure);
    expect(placed.map((one) => one.label.id)).toEqual(['grave']);
  });

  test('what is selected goes before all, whole, and is drawn last', () => {
    const first = label('small', { first: true, width: 0 });
    const other = label('other', { step: 4, x: worldX(24.05) });
    const placed = placeLabels([other, first], VIEW, measure);
    expect(placed.at(-1)).toMatchObject({ size: 'full', label: { id: 'small' } });
  });

  test('a small zone has a sign, a middling one its figure, a large one all', () => {
    const sizeIn = (pixels: number) =>
      placeLabels([label('z', { width: pixels / VIEW.scale })], VIEW, measure)[0]?.size;
    expect(sizeIn(20)).toBe('sign');
    expect(sizeIn(90)).toBe('short');
    expect(sizeIn(300)).toBe('full');
  });

  test('how long somebody waits stands in a short label, too, in place of the time to clear', () => {
    const waits = label('z', { waits: 'waits 11 min', width: 190 / VIEW.scale });
    const [short] = placeLabels([waits], VIEW, measure);
    const [full] = placeLabels([{ ...waits, width: 1 }], VIEW, measure);
    expect(short?.size).toBe('full');
    expect(full?.width).toBe(short?.width);
    expect(placeLabels([{ ...waits, name: 'x'.repeat(30) }], VIEW, measure)[0]).toMatchObject({
      size: 'short',
      width: full?.width,
    });
  });

  test('what is not seen is not placed', () => {
    expect(placeLabels([label('far', { x: worldX(30) })], VIEW, measure)).toEqual([]);
  });
});
