/** A figure as the language shown writes it. */

import { duration, number } from '../i18n/format.ts';
import type { Figure } from './reason.ts';

/** A value in the figure's unit. */
export function written({ unit }: Pick<Figure, 'unit'>, value: number): string {
  if (unit === 'seconds') return duration(value);
  return number(value, unit === 'ratio' ? 2 : 0);
}
