/** Numbers, ways and times as each language writes them. */

import { afterEach, expect, test } from 'vitest';

import { distance, moment, number } from '../../src/i18n/format.ts';
import { speak } from '../../src/i18n/index.ts';

afterEach(() => speak('en'));

test('a decimal has the sign of its language, in Uzbek too', async () => {
  const found: string[] = [];
  for (const language of ['en', 'lv', 'ru', 'fa', 'uz'] as const) {
    await speak(language);
    found.push(number(6.25, 2));
  }
  expect(found).toEqual(['6.25', '6,25', '6,25', '۶٫۲۵', '6,25']);
});

test('a way is in whole tens of metres, or in kilometres', async () => {
  expect([distance(894), distance(1_240)]).toEqual(['890 m', '1.2 km']);
  await speak('uz');
  expect([distance(894), distance(1_240)]).toEqual(['890 m', '1,2 km']);
});

test('another day is named, in Uzbek in figures', async () => {
  const then = new Date(2026, 10, 26, 14, 5).getTime();
  expect(moment(then, then)).toBe('14:05');
  expect(moment(then, then + 86_400_000)).toBe('Nov 26, 14:05');
  await speak('uz');
  expect(moment(then, then + 86_400_000)).toBe('26.11, 14:05');
});
