/**
 * The whole view in the address: what a watcher sends to a colleague shows the same there.
 *
 * Pure: what a view is, and how it is written and read. `address.ts` ties it to the browser. What
 * can't be read is left out, for addresses are typed and cut off.
 */

import { LANGUAGES, type Language } from '../i18n/index.ts';
import type { Selection, ShownPlace, ThingKind } from '../model/signals.ts';
import { SEVERITIES } from '../alerts/grouping.ts';
import type { Severity } from '../wire/types.ts';

export const VIEWS = ['map', 'tables'] as const;
const TABS = ['firing', 'history', 'actions'] as const;
const THEMES = ['system', 'light', 'dark'] as const;
const KINDS: readonly ThingKind[] = [
  'city',
  'courier',
  'order',
  'stream',
  'venue',
  'zone',
  'alert',
  'action',
];

/** What an address says; null where it says nothing. */
export interface View {
  readonly city: string | null;
  readonly place: ShownPlace | null;
  readonly text: string;
  readonly severities: readonly Severity[];
  readonly mine: boolean;
  readonly selection: Selection | null;
  readonly tab: (typeof TABS)[number];
  readonly main: (typeof VIEWS)[number];
  /** The moment of a recorded day, ms. */
  readonly at: number | null;
  readonly language: Language | null;
  readonly theme: (typeof THEMES)[number] | null;
}

/** Reads the part of an address after `?`. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const one = <T extends string>(name: string, allowed: readonly T[]): T | null =>
    allowed.find((value) => value === params.get(name)) ?? null;
  const city = params.get('city') || null;
  const severities = (params.get('severity') ?? '').split(',');
  return {
    city,
    place: readPlace(params.get('place')),
    text: params.get('q') ?? '',
    severities: SEVERITIES.filter((severity) => severities.includes(severity)),
    mine: params.get('mine') === '1',
    selection: readSelection(params.get('show'), params.get('in') ?? city),
    tab: one('tab', TABS) ?? 'firing',
    main: one('view', VIEWS) ?? 'map',
    at: readTime(params.get('at')),
    language: one('lang', LANGUAGES),
    theme: one('theme', THEMES),
  };
}

/** Writes a view as the part of an address after `?`; what is as always is left out. */
export function writeView(view: View): string {
  const { city, place, text, severities, mine, selection, tab, main, at, language, theme } = view;
  const params = new URLSearchParams();
  const set = (name: string, value: string | null): void => {
    if (value !== null && value !== '') params.set(name, value);
  };
  set('city', city);
  set('place', place === null ? null : writePlace(place));
  set('q', text);
  set('severity', severities.join());
  set('mine', mine ? '1' : null);
  set('show', selection === null ? null : `${selection.kind}:${selection.id}`);
  set('in', selection === null || selection.city === city ? null : selection.city);
  set('tab', tab === 'firing' ? null : tab);
  set('view', main === 'map' ? null : main);
  set('at', at === null ? null : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'));
  set('lang', language);
  set('theme', theme);
  // Kept readable: these mean nothing in this part of an address.
  const written = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return written === '' ? '' : `?${written}`;
}

/** `56.9496,24.1052,12.50z`: latitude first, as people read places. */
function writePlace({ lon, lat, zoom }: ShownPlace): string {
  return `${lat.toFixed(5)},${lon.toFixed(5)},${zoom.toFixed(2)}z`;
}

function readPlace(text: string | null): ShownPlace | null {
  const found = /^(-?[\d.]+),(-?[\d.]+),([\d.]+)z$/.exec(text ?? '');
  if (found === null) return null;
  const [lat, lon, zoom] = found.slice(1).map(Number) as [number, number, number];
  const isThere = Math.abs(lat) <= 85.06 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 24;
  return isThere ? { lon, lat, zoom } : null;
}

/** `zone:centrs`; an id may have colons of its own. */
function readSelection(text: string | null, city: string | null): Selection | null {
  const [, name, id] = /^(\w+):(.+)$/.exec(text ?? '') ?? [];
  const kind = KINDS.find((one) => one === name);
  return kind === undefined || id === undefined || city === null ? null : { kind, city, id };
}

function readTime(text: string | null): number | null {
  const ts = Date.parse(text ?? '');
  return Number.isNaN(ts) ? null : ts;
}
