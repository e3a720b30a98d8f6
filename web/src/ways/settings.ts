/**
 * What a watcher has chosen for this browser: theme, palette, language, sound, notices, keys; kept
 * in local storage.
 *
 * `apply` follows the choices from the start of the page on. The store may be missing (private
 * windows): then choices hold until the page is closed.
 */

import { effect, signal } from '@preact/signals';

import { direction, LANGUAGES, language, preferred, speak, type Language } from '../i18n/index.ts';
import { paint, PALETTES, type PaletteName } from '../style/palettes.ts';
import type { Severity } from '../wire/types.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What an address asks for. */
export interface Asked {
  readonly language: Language | null;
  readonly theme: Theme | null;
}

const PREFIX = 'citywatch.';

function stored<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
  try {
    const found = localStorage.getItem(PREFIX + name);
    return allowed.find((one) => one === found) ?? otherwise;
  } catch {
    return otherwise; // storage is switched off
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // storage is full or switched off: the choice holds for this visit
  }
}

const paletteNames = Object.keys(PALETTES) as PaletteName[];

export const theme = signal<Theme>(stored('theme', THEMES, 'system'));
export const palette = signal<PaletteName>(stored('palette', paletteNames, 'standard'));
export const darkSystem = signal(false);
/** Whether the language is not the browser's own, but one that was chosen. */
export const isLanguageChosen = signal(false);

/** Of which severity on something is done; `off`: never. */
export const FROM = ['off', 'critical', 'warning', 'info'] as const;
export type From = (typeof FROM)[number];
const ON_OFF = ['on', 'off'] as const;

export const soundFrom = signal<From>(stored('sound', FROM, 'critical'));
export const noticesFrom = signal<From>(stored('notices', FROM, 'off'));
export const keys = signal<(typeof ON_OFF)[number]>(stored('keys', ON_OFF, 'on'));

/** Whether `severity` is at least as severe as what was chosen. */
export function reaches(severity: Severity, from: From): boolean {
  return from !== 'off' && FROM.indexOf(severity) <= FROM.indexOf(from);
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'system' && darkSystem.value);
}

/** Shows the page in this language from now on, and at the next visit. */
export async function choose(to: Language): Promise<void> {
  await speak(to);
  isLanguageChosen.value = to !== preferred(navigator.languages);
  store('language', to);
}

/**
 * Brings the page's root in line with the choices, now and whenever one changes. What an address
 * asks for holds for this visit, and is not kept.
 */
export function apply(root: HTMLElement, asked: Asked): void {
  if (asked.theme !== null) theme.value = asked.theme;
  const system = matchMedia('(prefers-color-scheme: dark)');
  darkSystem.value = system.matches;
  system.addEventListener('change', () => (darkSystem.value = system.matches));
  effect(() => {
    root.dataset['theme'] = isDark() ? 'dark' : 'light';
    paint(root, palette.value, isDark());
    store('palette', palette.value);
    store('sound', soundFrom.value);
    store('notices', noticesFrom.value);
    store('keys', keys.value);
  });
  let first = true;
  effect(() => {
    const chosen = theme.value;
    if (!first) store('theme', chosen);
    first = false;
  });
  effect(() => {
    root.lang = language.value;
    root.dir = direction.value;
  });
  const own = preferred(navigator.languages);
  const begin = asked.language ?? stored('language', LANGUAGES, own);
  isLanguageChosen.value = begin !== own;
  // A catalogue that can't be had leaves the page in English, which is built in.
  void speak(begin).catch(() => undefined);
}
