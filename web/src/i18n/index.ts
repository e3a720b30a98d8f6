/**
 * Every text of the page, in the watcher's language: `t('key')`, checked by the compiler.
 *
 * English is built in and stands in while another catalogue loads. A message is a string with
 * `{named}` places, or one for each plural form, chosen by the parameter `count`. In right-to-left
 * languages whatever is put into a place is isolated, so that `−2.5` or `order-7` reads as it is
 * written. How numbers and times are written is `format.ts`'s.
 */

import { batch, computed, signal } from '@preact/signals';

import en from './en.json';

export const LANGUAGES = ['en', 'lv', 'ru', 'fa', 'uz'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language in its own words. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  lv: 'Latviešu',
  ru: 'Русский',
  fa: 'فارسی',
  uz: 'Oʻzbekcha',
};

export type Key = keyof typeof en;
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };
export type Message = string | Forms;
export type Catalogue = Readonly<Record<string, Message>>;
export type Params = Readonly<Record<string, string | number>>;

const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set(['fa']);
const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ default: Catalogue }>>> = {
  lv: () => import('./lv.json'),
  ru: () => import('./ru.json'),
  fa: () => import('./fa.json'),
  uz: () => import('./uz.json'),
};

/** The language that is shown, once its catalogue is there. */
export const language = signal<Language>('en');
const catalogue = signal<Catalogue>(en);
export const direction = computed(() => (RIGHT_TO_LEFT.has(language.value) ? 'rtl' : 'ltr'));
const plurals = computed(() => new Intl.PluralRules(language.value));

/** Shows the page in `to` from now on; rejects when its catalogue can't be had. */
export async function speak(to: Language): Promise<void> {
  const found = to === 'en' ? en : (await LOADERS[to]()).default;
  batch(() => {
    catalogue.value = found;
    language.value = to;
  });
}

/** The first of the browser's languages that there is a catalogue for, else English. */
export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = LANGUAGES.find((one) => one === tag.toLowerCase().split('-')[0]);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** Whether there is a text of this name: for what a newer server may name otherwise. */
export function isKey(name: string): name is Key {
  return Object.hasOwn(en, name);
}

/**
 * The language in whose way figures are written: browsers know nothing of Uzbek (Chromium writes
 * 6.25 and `M11 26`), which writes them as Russian does.
 */
export function figuresOf(of: Language): string {
  return of === 'uz' ? 'ru' : of;
}

/** `text` so that the words around it do not change its order, nor it theirs. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}

/** The message in the language shown, its `{places}` filled; follows a change of language. */
export function t(key: Key, params: Params = {}): string {
  return fill(catalogue.value[key] ?? en[key], params, language.value, plurals.value);
}

/** A message with its places filled; a place without a parameter stays as it is. */
export function fill(
  message: Message,
  params: Params,
  to: Language,
  rules: Intl.PluralRules,
): string {
  const count = typeof params['count'] === 'number' ? params['count'] : 0;
  const text =
    typeof message === 'string' ? message : (message[rules.select(count)] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = params[name];
    if (value === undefined) return place;
    const shown = typeof value === 'number' ? new Intl.NumberFormat(figuresOf(to)).format(value) : value;
    return RIGHT_TO_LEFT.has(to) ? isolate(shown) : shown;
  });
}
