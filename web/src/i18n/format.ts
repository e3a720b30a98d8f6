/**
 * Numbers, times and durations as the language shown writes them.
 *
 * All follow a change of language. Times of day are the browser's. Formatters are kept: making one
 * costs more than a thousand uses.
 */

import { figuresOf, language, t } from './index.ts';

const numbers = new Map<string, Intl.NumberFormat>();
const times = new Map<string, Intl.DateTimeFormat>();

/** A number with exactly `digits` decimals. */
export function number(value: number, digits = 0): string {
  const key = `${language.value} ${digits}`;
  let format = numbers.get(key);
  if (format === undefined) {
    const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    format = new Intl.NumberFormat(figuresOf(language.value), fixed);
    numbers.set(key, format);
  }
  return format.format(value);
}

/** A share between 0 and 1 in whole percent. */
export function percent(share: number): string {
  return new Intl.NumberFormat(figuresOf(language.value), { style: 'percent' }).format(share);
}

/** A way in whole tens of metres, or in km with one decimal. */
export function distance(metres: number): string {
  const far = metres >= 1_000;
  const digits = far ? 1 : 0;
  const value = far ? metres / 1_000 : Math.round(metres / 10) * 10;
  if (language.value === 'uz') return `${number(value, digits)} ${far ? 'km' : 'm'}`;
  return new Intl.NumberFormat(language.value, {
    style: 'unit',
    unit: far ? 'kilometer' : 'meter',
    maximumFractionDigits: digits,
  }).format(value);
}

/** A time of day with seconds, such as 14:05:09. */
export function clockTime(ts: number): string {
  return timeFormat('clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ts);
}

/** A time of day, with the date before it where it is not the day of `now`. */
export function moment(ts: number, now: number): string {
  const sameDay = new Date(ts).toDateString() === new Date(now).toDateString();
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  if (sameDay) return timeFormat('time', time).format(ts);
  const day =
    language.value === 'uz'
      ? ({ month: '2-digit', day: '2-digit' } as const)
      : ({ month: 'short', day: 'numeric' } as const);
  return timeFormat('moment', { ...day, ...time }).format(ts);
}

/** A length of time in its one or two greatest units: `45 s`, `12 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return t('duration.s', { s: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return t('duration.min', { min: minutes });
  const h = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? t('duration.h', { h }) : t('duration.h_min', { h, min: minutes % 60 });
}

function timeFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${name}`;
  let format = times.get(key);
  if (format === undefined) {
    const tag = figuresOf(language.value);
    format = new Intl.DateTimeFormat(tag, { ...options, hourCycle: 'h23' });
    times.set(key, format);
  }
  return format;
}
