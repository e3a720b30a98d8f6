/**
 * The map with invented couriers at 4 updates a second, for measuring and for looking at it.
 *
 * By the address: `couriers`, `theme` (light, dark), `palette`, `dir` (rtl), `language`,
 * `select` (kind:id), `place` (lon,lat,zoom), `still` (no updates, and time stands), `trend` (as if five minutes had
 * passed), `all` (all venues),
 * `overlay` (webgl2, canvas2d: how couriers are drawn), `basemap` (the address of a style). What it did stands in `__citywatch.overlay`, and in `__bench` the time
 * that the inventing took, to be taken off.
 */

import { signal } from '@preact/signals';
import { render } from 'preact';
import type { FeatureCollection } from 'geojson';

import { LANGUAGES, speak } from '../src/i18n/index.ts';
import type { Way } from '../src/map/counters.ts';
import { CityMap } from '../src/map/Map.tsx';
import type { Place } from '../src/map/mercator.ts';
import { shapesOf } from '../src/map/shapes.ts';
import { NO_FILTER, type MapFilter, type Pick, type PickKind } from '../src/map/sources.ts';
import type { Stage } from '../src/map/stage.ts';
import { paint, type PaletteName } from '../src/style/palettes.ts';
import { boxAround, ordersOf, Riders, venuesIn, zonesIn } from './city.ts';
import demo from '../../config/demo/city.geojson?raw';

import '../src/style/tokens.css';
import '../src/style/layout.css';

interface Bench {
  inventedMs: number;
  stage: Stage | null;
  chosen: Pick | null;
  /** As many updates, and a quarter as many of zones, venues and orders, as fast as frames come. */
  hurry(updates: number): Promise<void>;
  /** Where the map came to rest. */
  place: Place | null;
  mount(): void;
  unmount(): void;
}

declare global {
  interface Window {
    __bench: Bench;
  }
}

const STEP_MS = 250;

const asked = new URLSearchParams(location.search);
const root = document.documentElement;
const dark = asked.get('theme') === 'dark';
const palette = (asked.get('palette') ?? 'standard') as PaletteName;
root.dataset['theme'] = dark ? 'dark' : 'light';
root.dir = asked.get('dir') ?? 'ltr';
paint(root, palette, dark);
const language = LANGUAGES.find((one) => one === asked.get('language'));
if (language !== undefined) await speak(language);

const collection = JSON.parse(demo) as FeatureCollection;
for (const feature of collection.features) {
  feature.properties = { ...feature.properties, zone_id: feature.properties?.['zone_id'] ?? feature.id };
}
const shapes = shapesOf(collection);
const begun = Date.now();
const riders = new Riders(Number(asked.get('couriers') ?? 20_000), boxAround(shapes), shapes, begun);
const venues = venuesIn(shapes, 400, begun);
const orders = ordersOf(venues, 2_000, begun);
let aheadMs = 0;
let zones = zonesIn(collection, begun);

const [kind, id] = (asked.get('select') ?? '').split(/:(.*)/);
const [lon, lat, zoom] = (asked.get('place') ?? '').split(',').map(Number);
const place: Place | null =
  lon !== undefined && lat !== undefined && zoom !== undefined ? { lon, lat, zoom } : null;
const selection = signal<Pick | null>(id ? { kind: kind as PickKind, id } : null);
const basemap = asked.get('basemap');
const way = asked.get('overlay') as Way | null;
const filter: MapFilter = { ...NO_FILTER, allVenues: asked.has('all') };
const couriersChanged = signal(0);
const zonesChanged = signal(0);
const now = signal(begun);

function map() {
  return (
    <CityMap
      {...(way === null ? {} : { way })}
      opened={(stage) => (window.__bench.stage = stage)}
      sources={{
        city: signal('demo'),
        shapes: signal(collection),
        limits: signal(null),
        localTime: signal(null),
        zones: { changed: zonesChanged, all: () => zones },
        venues: { changed: signal(0), all: () => venues },
        orders: { changed: signal(0), all: () => orders },
        couriers: { changed: couriersChanged, fleet: () => riders },
        now,
        selection,
        filter: signal(filter),
        palette: signal(palette),
        dark: signal(dark),
        basemap: signal(basemap === null ? null : { kind: 'style', url: basemap }),
        place: signal(place),
      }}
      events={{
        chosen: (pick) => (selection.value = window.__bench.chosen = pick),
        moved: (rested) => (window.__bench.place = rested),
      }}
    />
  );
}

const app = document.getElementById('app')!;
window.__bench = {
  inventedMs: 0,
  stage: null,
  chosen: null,
  place: null,
  mount: () => render(map(), app),
  unmount: () => render(null, app),
  hurry: async (updates) => {
    for (let update = 0; update < updates; update++) {
      riders.ride(Date.now());
      couriersChanged.value += 1;
      if (update % 4 !== 0) continue;
      zones = zonesIn(collection, Date.now(), (update % 40) / 40);
      now.value += 1_000;
      zonesChanged.value += 1;
      if (update % 40 === 0) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  },
};
window.__bench.mount();

if (!asked.has('still')) {
  setInterval(() => {
    const from = performance.now();
    riders.ride(Date.now() + aheadMs);
    window.__bench.inventedMs += performance.now() - from;
    couriersChanged.value += 1;
  }, STEP_MS);
}
setInterval(() => {
  if (!asked.has('still')) now.value = Date.now() + aheadMs;
  zonesChanged.value += 1;
}, 1_000);
if (asked.has('trend')) {
  setTimeout(() => {
    zones = zonesIn(collection, begun, 0.4).map((zone, at) =>
      at % 3 === 0 ? { ...zone, ratio: Math.max(0, zone.ratio - 0.9) } : zone,
    );
    aheadMs = 299_000;
    now.value = Date.now() + aheadMs;
    zonesChanged.value += 1;
  }, 600);
}
