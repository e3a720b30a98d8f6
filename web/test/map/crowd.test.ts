import { describe, expect, test } from 'vitest';

import { Crowd, MOST } from '../../src/map/crowd.ts';
import { viewOf } from '../../src/map/mercator.ts';
import { NOBODY, type Fleet } from '../../src/map/sources.ts';

const FAR = viewOf({ lon: 0, lat: 0, zoom: 9 }, 1_000, 700);

/** Couriers in a row along the equator, within the screen at zoom 9. */
function row(size: number): Fleet {
  const x = Uint16Array.from({ length: size }, (_, slot) => (slot / size) * 65535);
  const y = new Uint16Array(size).fill(32768);
  const status = new Uint8Array(size);
  return { ...NOBODY, size, box: [-0.2, -0.2, 0.2, 0.2], x, y, status };
}

/** One of how many is drawn. */
function every(size: number, view = FAR, crowd = new Crowd()): number {
  crowd.judge(row(size), view);
  return crowd.every;
}

describe('a crowd', () => {
  test('as many as fit are all drawn, of more every second, fourth, …', () => {
    expect(every(0)).toBe(1);
    expect(every(MOST)).toBe(1);
    expect(every(MOST + 1_000)).toBe(2);
    expect(every(100_000)).toBe(8);
  });

  test('closer, where fewer are in view, all of them are drawn', () => {
    const near = viewOf({ lon: 0, lat: 0, zoom: 13 }, 800, 600);
    const beside = viewOf({ lon: 5, lat: 0, zoom: 9 }, 800, 600);
    expect(every(100_000, near)).toBe(1);
    expect(every(100_000, beside)).toBe(1);
  });

  test('on a phone fewer fit', () => {
    const phone = viewOf({ lon: 0, lat: 0, zoom: 8 }, 390, 700);
    expect(every(3_000, phone)).toBe(1);
    expect(every(20_000, phone)).toBe(2);
  });

  test('at the edge nothing flickers', () => {
    const crowd = new Crowd();
    expect(every(MOST * 1.1, FAR, crowd)).toBe(2);
    expect(every(MOST * 0.95, FAR, crowd)).toBe(2);
    expect(every(MOST * 0.75, FAR, crowd)).toBe(1);
    expect(every(MOST * 2.2, FAR, crowd)).toBe(4);
    expect(every(MOST * 1.9, FAR, crowd)).toBe(4);
    expect(every(MOST * 1.5, FAR, crowd)).toBe(2);
  });
});
