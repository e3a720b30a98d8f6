/** Palettes: seen on their ground, told apart by everybody. */

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { GROUND, MARKS, PALETTES, type Mark, type PaletteName } from '../../src/style/palettes.ts';

type Triple = readonly [number, number, number];

/** Linear RGB of a #rrggbb. */
function linear(hex: string): Triple {
  const at = (from: number): number => {
    const value = parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [at(1), at(3), at(5)];
}

const times = (matrix: readonly Triple[], [r, g, b]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Triple;

/** Relative luminance and contrast as in WCAG 2.2. */
const luminance = (hex: string): number => {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one: string, other: string): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

/** What is seen without one kind of cones: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHT: Readonly<Record<string, readonly Triple[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Distance in OKLab (Ottosson 2020); 0.02 is just noticeable side by side. */
function distance(one: string, other: string, sight: string): number {
  const [a, b] = [one, other].map((hex) => {
    const seen = times(SIGHT[sight] ?? [], linear(hex)).map((value) =>
      Math.min(Math.max(value, 0), 1),
    ) as unknown as Triple;
    const cones = times(
      [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ],
      seen,
    ).map(Math.cbrt) as unknown as Triple;
    return times(
      [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
      ],
      cones,
    );
  }) as [Triple, Triple];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const RAMP: readonly Mark[] = ['zone-slack', 'zone-even', 'zone-tight', 'zone-short', 'zone-grave'];
const SEVERITIES: readonly Mark[] = ['severity-info', 'severity-warning', 'severity-critical'];
const COURIERS: readonly Mark[] = [
  'courier-idle',
  'courier-to-venue',
  'courier-at-venue',
  'courier-to-customer',
];

const shades = Object.entries(PALETTES).flatMap(([name, both]) =>
  (['light', 'dark'] as const).map(
    (theme) => [name as PaletteName, theme, both[theme], GROUND[theme]] as const,
  ),
);

describe.each(shades)('%s, %s', (name, _theme, colours, ground) => {
  test('every mark but the fill of a zone stands out from the map, at 3:1 or more', () => {
    for (const mark of MARKS.filter((one) => !one.startsWith('zone-'))) {
      expect(contrast(colours[mark], ground), mark).toBeGreaterThanOrEqual(3);
    }
  });

  test('severities are as readable as text, at 4.5:1 or more', () => {
    for (const mark of SEVERITIES) {
      expect(contrast(colours[mark], ground), mark).toBeGreaterThanOrEqual(4.5);
    }
  });

  const sights = name === 'standard' ? ['full'] : Object.keys(SIGHT);
  test.each(sights)('neighbours of the ramp and severities are told apart with %s sight', (sight) => {
    for (const row of [RAMP, SEVERITIES]) {
      for (let at = 1; at < row.length; at += 1) {
        const [one, other] = [row[at - 1] as Mark, row[at] as Mark];
        const apart = distance(colours[one], colours[other], sight);
        expect(apart, `${one} ${other}`).toBeGreaterThanOrEqual(0.06);
      }
    }
  });

  test.each(sights)('what couriers do is told apart with %s sight', (sight) => {
    for (const one of COURIERS) {
      for (const other of COURIERS.filter((mark) => mark > one)) {
        const apart = distance(colours[one], colours[other], sight);
        expect(apart, `${one} ${other}`).toBeGreaterThanOrEqual(0.06);
      }
    }
  });
});

test('the ramp of the contrast palette goes one way in lightness', () => {
  for (const [theme, way] of [
    ['light', -1],
    ['dark', 1],
  ] as const) {
    const steps = RAMP.map((mark) => luminance(PALETTES.contrast[theme][mark]));
    for (let at = 1; at < steps.length; at += 1) {
      expect(Math.sign((steps[at] ?? 0) - (steps[at - 1] ?? 0))).toBe(way);
    }
  }
});

test('the ground of the map is the same in the style sheet', () => {
  const css = readFileSync(new URL('../../src/style/tokens.css', import.meta.url), 'utf8');
  const grounds = [...css.matchAll(/--ground-map: (#\w+)/g)].map((match) => match[1]);
  expect(grounds).toEqual([GROUND.light, GROUND.dark]);
});
