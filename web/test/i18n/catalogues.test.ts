/** Every text of the page is there in every language, and none is left over. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { fill, isolate, LANGUAGES, preferred, type Catalogue } from '../../src/i18n/index.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const catalogues = new Map<string, Catalogue>(
  LANGUAGES.map((name) => [
    name,
    JSON.parse(readFileSync(join(SRC, `i18n/${name}.json`), 'utf8')) as Catalogue,
  ]),
);
const english = catalogues.get('en') ?? {};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [readFileSync(join(folder, entry.name), 'utf8')]
        : [],
  );
}

const forms = (message: unknown): string[] =>
  typeof message === 'string' ? [message] : Object.values(message as Record<string, string>);
const places = (message: unknown): string[] => [
  ...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? [])),
];

describe.each([...catalogues])('%s', (name, catalogue) => {
  test('has the keys of English, in its order', () => {
    expect(Object.keys(catalogue)).toEqual(Object.keys(english));
  });

  test('names the same places in each message', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      expect(places(message).sort(), key).toEqual(places(english[key]).sort());
    }
  });

  test('has just the plural forms that its language tells apart', () => {
    const wanted = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(catalogue)) {
      if (typeof message === 'string') continue;
      expect(Object.keys(message).sort(), key).toEqual([...wanted].sort());
    }
  });

  test('has no empty text and none with stray spaces', () => {
    for (const [key, message] of Object.entries(catalogue)) {
      for (const text of forms(message)) expect(text.trim(), key).toBe(text);
      expect(forms(message).every((text) => text !== ''), key).toBe(true);
    }
  });
});

test('every key is used', () => {
  const all = sources(SRC).join('\n');
  // 'a.key' in quotes, or the beginning of a template: `severity.${alert.severity}`.
  const begun = [...all.matchAll(/`([a-z_]+(?:\.[a-z_]+)*[._])\$\{/g)].map((match) => match[1] ?? '');
  const unused = Object.keys(english).filter(
    (key) => !all.includes(`'${key}'`) && !begun.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});

test('a message takes the plural form of its count', () => {
  const forms = { one: '{count} тревога', few: '{count} тревоги', other: '{count} тревог' };
  const rules = new Intl.PluralRules('ru');
  const say = (count: number): string => fill(forms, { count }, 'ru', rules);
  expect([1, 3, 5, 21].map(say)).toEqual(['1 тревога', '3 тревоги', '5 тревог', '21 тревога']);
});

test('in Persian what stands in a place is isolated, and numbers are in its digits', () => {
  const rules = new Intl.PluralRules('fa');
  const text = fill('{id}: {n}', { id: 'order-7', n: 25 }, 'fa', rules);
  expect(text).toBe(`${isolate('order-7')}: ${isolate('۲۵')}`);
});

test('a place without a parameter stays visible', () => {
  expect(fill('{a} {b}', { a: 'x' }, 'en', new Intl.PluralRules('en'))).toBe('x {b}');
});

test('the page speaks the first language of the browser that it knows', () => {
  expect(preferred(['de-DE', 'lv-LV', 'en'])).toBe('lv');
  expect(preferred(['de'])).toBe('en');
});
