/** The map's sources made of the page's store, and what the map tells put into it. */

import { computed, effect, signal, untracked } from '@preact/signals';
import type { FeatureCollection } from 'geojson';

import { moment } from '../i18n/format.ts';
import { language, t } from '../i18n/index.ts';
import { cityName } from '../model/names.ts';
import { session } from '../model/session.ts';
import {
  city,
  clock,
  page,
  selection,
  serverNow,
  shownCity,
  shownPlace,
  type Selection,
} from '../model/signals.ts';
import { isDark, palette } from '../ways/settings.ts';
import { ShownFleet } from './fleet.ts';
import { ShownLimits } from './limits.ts';
import { localTime as clockOf } from './local_time.ts';
import { SelectedOrders } from './selected_orders.ts';
import { NO_FILTER, type MapEvents, type MapFilter, type MapSources, type Pick } from './sources.ts';

const SHAPES_AGAIN_MS = 3_000;
const SHAPES_APART_MS = 15_000;

/** What a search means on the map; written by the search. */
export const mapFilter = signal<MapFilter>(NO_FILTER);
/** The couriers of the city that is shown. */
export const fleet = new ShownFleet(session);

/** The thing on the map that is selected: of an alert its subject. */
export const picked = computed<Pick | null>(() => pickOf(selection.value));

const shownLimits = new ShownLimits((slug, atTs) => session.api.limits(slug, atTs));
const shapes = signal<FeatureCollection | null>(null);
const selectedOrders = new SelectedOrders(session.api);
const ordersChanged = computed(
  () => selectedOrders.changed.value + (city.value?.orders.revision.value ?? 0),
);

const localTime = computed(() => {
  const [told, slug] = [shownLimits.limits.value, shownCity.value];
  if (told === null || slug === null) return null;
  const time = clockOf(serverNow.value, told.timezone, language.value);
  if (time === null) return null;
  const here = moment(serverNow.value, serverNow.value);
  return t('map.local_time', { time, city: cityName(slug), here });
});

export const sources: MapSources = {
  city: shownCity,
  shapes,
  limits: shownLimits.limits,
  zones: {
    changed: computed(() => city.value?.zones.revision.value ?? 0),
    all: () => city.peek()?.zones.rows.values() ?? [],
  },
  venues: {
    changed: computed(() => city.value?.venues.revision.value ?? 0),
    all: () => city.peek()?.venues.rows.values() ?? [],
  },
  orders: {
    changed: ordersChanged,
    all: () =>
      clock.peek().mode === 'replay'
        ? (city.peek()?.orders.rows.values() ?? [])
        : selectedOrders.all(),
  },
  couriers: { changed: fleet.changed, fleet: () => fleet.columns },
  localTime,
  now: serverNow,
  selection: picked,
  filter: mapFilter,
  palette,
  dark: computed(isDark),
  basemap: computed(() => page.value?.basemap ?? null),
  place: shownPlace,
};

export const events: MapEvents = {
  chosen: (pick) => {
    const slug = shownCity.peek();
    selection.value = pick === null || slug === null ? null : { ...pick, city: slug };
  },
  moved: (place) => {
    shownPlace.value = place;
  },
};

/** Watches what the map shows while it is there; the answer ends it. */
export function feedMap(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readAt = -Infinity;
  const readShapes = async (slug: string): Promise<void> => {
    clearTimeout(timer);
    readAt = performance.now();
    try {
      const found = await session.api.shapes(slug);
      if (slug === shownCity.peek()) shapes.value = found;
    } catch {
      timer = setTimeout(() => void readShapes(slug), SHAPES_AGAIN_MS);
    }
  };
  const ends = [
    effect(() => {
      const slug = shownCity.value;
      untracked(() => {
        shapes.value = null;
        fleet.show(slug);
        if (slug !== null) void readShapes(slug);
        else clearTimeout(timer);
      });
    }),
    effect(() => {
      const [zones, known, slug] = [city.value?.zones.rows, shapes.value, shownCity.peek()];
      if (zones === undefined || known === null || slug === null) return;
      const ids = new Set(known.features.map((feature) => feature.id));
      const areSame = [...zones.keys()].every((id) => ids.has(id));
      // A new configuration has brought others.
      if (!areSame && performance.now() - readAt > SHAPES_APART_MS) void readShapes(slug);
    }),
    effect(() => {
      const [slug, now] = [shownCity.value, serverNow.value];
      untracked(() => shownLimits.look(slug, now));
    }),
    effect(() => {
      const isLive = clock.value.mode === 'live';
      const pick = picked.value;
      const slug = shownCity.value;
      untracked(() => selectedOrders.show(slug, isLive ? pick : null));
    }),
  ];
  return () => {
    for (const end of ends) end();
    clearTimeout(timer);
    fleet.show(null);
    selectedOrders.close();
  };
}

function pickOf(selected: Selection | null): Pick | null {
  if (selected === null || selected.city !== shownCity.value) return null;
  const { kind, id } = selected;
  switch (kind) {
    case 'zone':
    case 'venue':
    case 'order':
    case 'courier':
      return { kind, id };
    case 'alert': {
      const subject = city.value?.alerts.peek(id)?.subject;
      return subject === undefined ? null : pickOf({ ...subject, city: selected.city });
    }
    default:
      return null;
  }
}
