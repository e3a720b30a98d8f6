/**
 * Colours that mean something, in three palettes, each for light and dark: the one table for CSS
 * (`var(--mark-…)`), for WebGL and for Canvas.
 *
 * Colours never stand alone: zones have a sign and a number beside theirs, couriers a shape, alerts
 * a word. What is asserted of each palette (contrast on its ground, told apart by those who do not
 * see red, green or blue) stands in `test/style/palettes.test.ts`. Grounds and texts are in
 * `tokens.css`.
 */

/** Everything that a palette colours; zones go from many couriers to far too few. */
export const MARKS = [
  'zone-slack',
  'zone-even',
  'zone-tight',
  'zone-short',
  'zone-grave',
  'courier-idle',
  'courier-to-venue',
  'courier-at-venue',
  'courier-to-customer',
  'courier-off',
  'courier-silent',
  'venue-open',
  'venue-busy',
  'venue-paused',
  'venue-closed',
  'venue-silent',
  'order-on-time',
  'order-late',
  'order-very-late',
  'severity-info',
  'severity-warning',
  'severity-critical',
] as const;
export type Mark = (typeof MARKS)[number];
export type Shades = Readonly<Record<Mark, string>>;
export type PaletteName = 'standard' | 'blindsafe' | 'contrast';
export interface Palette {
  readonly light: Shades;
  readonly dark: Shades;
}

/** The ground of the map, on which marks must be seen; also in `tokens.css`. */
export const GROUND = { light: '#edf0f3', dark: '#14191f' } as const;

/** A palette from its ramp (slack … grave) and its hues; who is silent or away is grey. */
function shades(
  [slack, even, tight, short, grave]: readonly [string, string, string, string, string],
  hues: { idle: string; toVenue: string; atVenue: string; toCustomer: string },
  [info, warning, critical]: readonly [string, string, string],
  [grey, faint]: readonly [string, string],
): Shades {
  return {
    'zone-slack': slack,
    'zone-even': even,
    'zone-tight': tight,
    'zone-short': short,
    'zone-grave': grave,
    'courier-idle': hues.idle,
    'courier-to-venue': hues.toVenue,
    'courier-at-venue': hues.atVenue,
    'courier-to-customer': hues.toCustomer,
    'courier-off': faint,
    'courier-silent': grey,
    'venue-open': hues.idle,
    'venue-busy': warning,
    'venue-paused': critical,
    'venue-closed': faint,
    'venue-silent': grey,
    'order-on-time': info,
    'order-late': warning,
    'order-very-late': critical,
    'severity-info': info,
    'severity-warning': warning,
    'severity-critical': critical,
  };
}

export const PALETTES: Readonly<Record<PaletteName, Palette>> = {
  // Green to red, as most people read it.
  standard: {
    light: shades(
      ['#1f7a4d', '#7fae6a', '#e0b04a', '#d9652a', '#a51c30'],
      { idle: '#18794e', toVenue: '#1d63c4', atVenue: '#8a4fbe', toCustomer: '#a8480f' },
      ['#1d63c4', '#9a5b00', '#b3162c'],
      ['#5d6670', '#7a838c'],
    ),
    dark: shades(
      ['#2c8f78', '#86a94f', '#d6b23c', '#e0702f', '#e5404f'],
      { idle: '#4cc38a', toVenue: '#6cb0ff', atVenue: '#c79bf2', toCustomer: '#ff9f5a' },
      ['#6cb0ff', '#f5b83d', '#ff6b70'],
      ['#9aa5b1', '#77828e'],
    ),
  },
  // Blue to orange: told apart by those who do not see red or green.
  blindsafe: {
    light: shades(
      ['#08519c', '#6baed6', '#e8d9a0', '#e08214', '#7f3b08'],
      { idle: '#3b84c6', toVenue: '#245545', atVenue: '#360247', toCustomer: '#a87a16' },
      ['#153bc0', '#a55725', '#4f0031'],
      ['#5d6670', '#7a838c'],
    ),
    dark: shades(
      ['#2b7bd0', '#8cc5e8', '#f0e2a8', '#f0a030', '#c9621a'],
      { idle: '#3a7fd6', toVenue: '#75fb99', atVenue: '#d19ce9', toCustomer: '#b0720c' },
      ['#1d99fe', '#fecb74', '#e45268'],
      ['#9aa5b1', '#77828e'],
    ),
  },
  // One after the other in lightness: holds in greyscale, on a poor screen, in the sun.
  contrast: {
    light: shades(
      ['#ffffff', '#c6d3de', '#8fa3b5', '#51687d', '#16202b'],
      { idle: '#0f3562', toVenue: '#376f44', atVenue: '#9142b1', toCustomer: '#381703' },
      ['#05129e', '#7b5117', '#4f0031'],
      ['#4a525a', '#5f6871'],
    ),
    dark: shades(
      ['#1d2731', '#3d5063', '#6d8599', '#a9bdce', '#ffffff'],
      { idle: '#a7c3e8', toVenue: '#24a684', atVenue: '#ae7df9', toCustomer: '#f3b539' },
      ['#28bbfe', '#fed899', '#e38182'],
      ['#b8c2cc', '#98a3ae'],
    ),
  },
};

/** The palette's colours for a theme. */
export function shadesOf(name: PaletteName, dark: boolean): Shades {
  return PALETTES[name][dark ? 'dark' : 'light'];
}

/** Gives the page the palette's colours as `--mark-…` variables. */
export function paint(root: HTMLElement, name: PaletteName, dark: boolean): void {
  for (const [mark, colour] of Object.entries(shadesOf(name, dark))) {
    root.style.setProperty(`--mark-${mark}`, colour);
  }
}
