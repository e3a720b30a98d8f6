/**
 * What a watcher has chosen for this browser: theme, palette, language; kept in local storage.
 *
 * `apply` follows the choices from the start of the page on. The store may be missing (private
 * windows): then choices hold until the page is closed.
 */

import { effect, signal } from '@preact/signals';

import { direction, LANGUAGES, language, preferred, speak, type Language } from '../i18n/index.ts';
import { paint, PALETTES, type PaletteName } from '../style/palettes.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

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

/** Whether the page is dark now. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'system' && darkSystem.value);
}

/** Shows the page in this language from now on, and at the next visit. */
export async function choose(to: Language): Promise<void> {
  await speak(to);
  store('language', to);
}

/** Brings the page's root in line with the choices, now and whenever one changes. */
export function apply(root: HTMLElement): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  darkSystem.value = system.matches;
  system.addEventListener('change', () => (darkSystem.value = system.matches));
  effect(() => {
    root.dataset['theme'] = isDark() ? 'dark' : 'light';
    paint(root, palette.value, isDark());
    store('theme', theme.value);
    store('palette', palette.value);
  });
  effect(() => {
    root.lang = language.value;
    root.dir = direction.value;
  });
  // A catalogue that can't be had leaves the page in English, which is built in.
  void speak(stored('language', LANGUAGES, preferred(navigator.languages))).catch(() => undefined);
}
