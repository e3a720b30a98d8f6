/**
 * The colours that the map draws with: the palette's marks, and the grounds, texts and lines of the
 * theme. The marks' table is `style/palettes.ts`; grounds as in `style/tokens.css`.
 */

import { GROUND, shadesOf, type PaletteName, type Shades } from '../style/palettes.ts';

/** All colours of one palette and theme. */
export interface Dress {
  readonly marks: Shades;
  readonly dark: boolean;
  readonly ground: string;
  readonly graticule: string;
  readonly text: string;
  readonly quiet: string;
  /** Behind text and in the middle of rings. */
  readonly surface: string;
  /** Around marks, so that they are seen on any colour. */
  readonly outline: string;
  readonly zoneLine: string;
  readonly accent: string;
  /** How much of a zone's colour covers the ground. */
  readonly zoneOpacity: number;
}

/** How much of a zone's usual opacity one has whose ratio is not judged. */
export const FEW_OPACITY = 0.5;

export function dressOf(name: PaletteName, dark: boolean): Dress {
  const marks = shadesOf(name, dark);
  return dark
    ? {
        marks,
        dark,
        ground: GROUND.dark,
        graticule: '#222a32',
        text: '#e8edf2',
        quiet: '#a9b4bf',
        surface: '#171d23',
        outline: '#080b0e',
        zoneLine: '#59656f',
        accent: '#9ccbff',
        zoneOpacity: 0.38,
      }
    : {
        marks,
        dark,
        ground: GROUND.light,
        graticule: '#dce2e8',
        text: '#14202b',
        quiet: '#4a5763',
        surface: '#ffffff',
        outline: '#14202b',
        zoneLine: '#7b8894',
        accent: '#0b5cad',
        zoneOpacity: 0.36,
      };
}
