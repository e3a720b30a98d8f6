/**
 * The one store of the page: what is known, how fresh it is, who watches, what he looks at.
 *
 * Written by `session.ts` (what the server tells) and by the parts of the page (what the watcher
 * chooses). Everything else reads and follows. Server times are compared with the server's clock
 * (`serverNow`), for a watcher's own may be wrong.
 */

import { computed, signal } from '@preact/signals';

import type { PageInfo } from '../wire/api.ts';
import type { Connection } from '../wire/client.ts';
import type { ActionState, City, Severity, SubjectKind } from '../wire/types.ts';
import { CityModel, type AlertNews } from './city.ts';

export type Role = 'viewer' | 'watcher' | 'lead' | 'admin';
const ROLES: readonly Role[] = ['viewer', 'watcher', 'lead', 'admin'];

/** Who is signed in, as the server knows him. */
export interface Me {
  readonly name: string;
  readonly role: string;
  readonly cities: readonly string[];
}

export type ThingKind = SubjectKind | 'alert' | 'action';

/** What the watcher looks at. */
export interface Selection {
  readonly kind: ThingKind;
  readonly city: string;
  readonly id: string;
}

/** What alerts and the map are narrowed to; empty: nothing is left out. `text` is as typed. */
export interface Filters {
  readonly text: string;
  readonly severities: readonly Severity[];
  readonly rules: readonly string[];
  readonly mine: boolean;
  readonly muted: boolean; // silenced and explained ones are shown, too
}

/** Whether the picture is of now, or of a recorded moment. */
export type Clock =
  | { readonly mode: 'live' }
  | {
      readonly mode: 'replay';
      readonly at: number;
      readonly speed: number;
      readonly playing: boolean;
    };

export const NO_FILTERS: Filters = {
  text: '',
  severities: [],
  rules: [],
  mine: false,
  muted: false,
};
/** Actions to which nothing more comes; as in docs/actions.md. A pause lives on until reverted. */
export const ENDED: ReadonlySet<ActionState> = new Set<ActionState>([
  'failed',
  'expired',
  'rejected',
  'cancelled',
  'effective',
  'ineffective',
  'reverted',
]);

// --- what the server tells

export const page = signal<PageInfo | null>(null);
export const connection = signal<Connection>({
  state: 'connecting',
  since: 0,
  heardAt: null,
  retryAt: null,
  reason: null,
  refused: false,
});
export const me = signal<Me | null>(null);
/** A token is needed: none was given, or it is not known (any more). */
export const signInNeeded = signal(false);
/** The cities in figures, as last polled; empty before the first answer. */
export const livingFigures = signal<readonly City[]>([]);
/** The recorded city in figures while one is shown; written by `replay/`. */
export const recordedFigures = signal<readonly City[]>([]);
export const figures = computed(() =>
  recorded.value === null ? livingFigures.value : recordedFigures.value,
);
/** The cities as they are; watched on while a recorded day is shown. */
export const living = signal<ReadonlyMap<string, CityModel>>(new Map());
/** The cities of a recorded day, null while none is shown; written by `replay/`. */
export const recorded = signal<ReadonlyMap<string, CityModel> | null>(null);
/** The cities that are shown, by slug, in the order of the configuration. */
export const cities = computed(() => recorded.value ?? living.value);
/** The server's clock minus ours, ms. */
export const clockOffset = signal(0);
/** Our own clock in ticks of a second, for ages that grow; also in hidden tabs. */
export const tick = signal(Date.now());

// --- what the watcher chooses

/** The city that is looked at; null: all at a glance. */
export const shownCity = signal<string | null>(null);
export const selection = signal<Selection | null>(null);
export const filters = signal<Filters>(NO_FILTERS);
export const clock = signal<Clock>({ mode: 'live' });

/** The middle of the map and how near it is; null: all of the city. */
export interface ShownPlace {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}
export const shownPlace = signal<ShownPlace | null>(null);
/** What stands in the largest region: the map, or the tables that show the same. */
export const mainView = signal<'map' | 'tables'>('map');
export const ALERT_TABS = ['firing', 'history', 'actions'] as const;
export const alertTab = signal<(typeof ALERT_TABS)[number]>('firing');
/** Which region fills a phone. */
export const PANES = ['alerts', 'map', 'figures'] as const;
export const pane = signal<(typeof PANES)[number]>('alerts');

// --- what follows from it

/** Now by the server's clock, to the second; in a replay, the moment that is shown. */
export const serverNow = computed(() =>
  clock.value.mode === 'replay' ? clock.value.at : tick.value + clockOffset.value,
);
/** The model of the city that is looked at. */
export const city = computed(() => cities.value.get(shownCity.value ?? '') ?? null);
/** Whether what is shown may be acted on: connected, and of now. */
export const isLive = computed(
  () => clock.value.mode === 'live' && connection.value.state === 'live',
);

/** One stream of a city's events: how old its newest event is now, and whether it fell silent. */
export interface FeedAge {
  readonly city: string;
  readonly feed: string;
  readonly ageS: number | null;
  readonly silent: boolean;
}

/** The age of every feed, growing by the second. */
export const feedAges = computed<readonly FeedAge[]>(() =>
  figures.value.flatMap((one) =>
    Object.entries(one.streams).map(([feed, told]) => ({
      city: one.city,
      feed,
      ageS: told.last_ts === null ? null : Math.max(0, serverNow.value - told.last_ts) / 1000,
      silent: told.silent,
    })),
  ),
);
export const silentFeeds = computed(() => feedAges.value.filter((feed) => feed.silent));

/** Whether the watcher's role reaches `needed`; a role that is not known reaches none. */
export function may(needed: Role): boolean {
  const role = ROLES.indexOf((me.value?.role ?? '') as Role);
  return role >= ROLES.indexOf(needed);
}

// --- news of alerts

type Hearer = (news: readonly AlertNews[]) => void;
const hearers = new Set<Hearer>();

/** Tells `hearer` of every change of an alert at once, in hidden tabs too; the answer ends it. */
export function onAlertNews(hearer: Hearer): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

/** The model of a city as it is, made when it is first asked for. */
export function livingCity(slug: string): CityModel {
  const known = living.peek().get(slug);
  if (known !== undefined) return known;
  const made = new CityModel(slug, (news) => hearers.forEach((hearer) => hearer(news)));
  living.value = new Map([...living.peek(), [slug, made]]);
  return made;
}

/** The model of a city that is shown, made when it is first asked for. */
export function cityModel(slug: string): CityModel {
  return cities.value.get(slug) ?? livingCity(slug);
}
