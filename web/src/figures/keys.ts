/** The samples of the page, and what each figure is called in them. */

import { signal } from '@preact/signals';

import type { FigureName } from './city.ts';
import { Trails } from './trails.ts';

export const trails = new Trails();
/** Rises with each sample. */
export const sampled = signal(0);

export const cityKey = (city: string, name: FigureName): string => `city ${city} ${name}`;
export const zoneKey = (city: string, id: string, name: 'ratio' | 'wait'): string =>
  `zone ${city} ${id} ${name}`;
export const venueKey = (city: string, id: string, name: 'overdue' | 'overrun'): string =>
  `venue ${city} ${id} ${name}`;
