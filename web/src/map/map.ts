/**
 * The ground with MapLibre: zones, graticule, a basemap where one is configured. North is up, flat.
 *
 * Loaded only where there is WebGL. It asks nobody for anything: no glyphs, no sprites, no tiles,
 * unless a basemap says so; labels are ours (`marks.ts`). Figures reach it as feature states, and
 * only those that changed, since each change makes it draw the whole map.
 */

import {
  AttributionControl,
  Map as LibreMap,
  setWorkerUrl,
  type GeoJSONSource,
} from 'maplibre-gl';
import type { FeatureCollection } from 'geojson';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';

import { t } from '../i18n/index.ts';
import type { Base } from '../basemap/read.ts';
import type { Basemap } from '../wire/api.ts';
import type { Box } from '../wire/types.ts';
import type { Dress } from './colours.ts';
import {
  around,
  FIT_PADDING,
  FIT_ZOOM,
  graticule,
  graticuleStep,
  MAX_ZOOM,
  MIN_ZOOM,
  type Ground,
  type GroundEvents,
  type ZonePaint,
} from './ground.ts';
import { placeFor, viewOf, type Place, type View } from './mercator.ts';
import { boundsOf, type Shape } from './shapes.ts';
import { GRATICULE, hatch, HATCH, NOTHING, over, plainStyle, ZONES, type Drawn } from './style.ts';
import { Underlay } from './underlay.ts';

setWorkerUrl(workerUrl);

const GO_MS = 600;

export class LibreGround implements Ground {
  readonly way = 'maplibre';
  readonly element: HTMLElement;
  readonly #map: LibreMap;
  readonly #state = new Map<string, ZonePaint>();
  #dress: Dress;
  readonly #underlay: Underlay;
  #credited = false;
  #drawn: Drawn = NOTHING;
  #poured: Drawn = NOTHING;
  /** What the style that stands, or is on its way, was made for. */
  #madeFor: readonly [Dress, Base | null];
  #hovered: string | null = null;
  #chosen: string | null = null;
  #styled = false;
  #moved = false;
  #view: View;

  /** Throws where WebGL can't be had after all. */
  constructor(
    private readonly host: HTMLElement,
    dress: Dress,
    place: Place,
    events: GroundEvents,
  ) {
    this.#dress = dress;
    this.#madeFor = [dress, null];
    this.#map = new LibreMap({
      container: host,
      style: plainStyle(dress, NOTHING),
      center: [place.lon, place.lat],
      zoom: place.zoom,
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      boxZoom: false,
      renderWorldCopies: false,
      attributionControl: false,
      trackResize: false, // with the overlays, in `resize`
      fadeDuration: 0,
      refreshExpiredTiles: false,
      pixelRatio: ratioOf(window),
      locale: { 'Map.Title': t('map.label') },
    });
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    this.element = map.getCanvas();
    this.#view = this.#read();
    this.#underlay = new Underlay({
      changed: () => {
        if (this.#styled) this.#restyle();
      },
      again: () => this.#refresh(),
      told: (state) => events.basemap(state),
    });
    map.on('move', () => {
      this.#view = this.#read();
      this.#moved = true;
    });
    map.on('render', () => {
      if (this.#moved) events.moved();
      this.#moved = false;
    });
    map.on('moveend', () => {
      this.#underlay.moved();
      events.rested();
    });
    map.on('idle', () => this.#underlay.rested());
    map.on('style.load', () => this.#restyled());
    map.setMissingStyleImageResolver((id) => {
      if (id === HATCH) map.addImage(HATCH, hatch(this.#dress));
    });
    map.on('error', ({ error }) => this.#failed(error));
  }

  view(): View {
    return this.#view;
  }

  show(zones: FeatureCollection, shapes: readonly Shape[]): void {
    const bounds = boundsOf(shapes);
    const wide: Box | null = bounds === null ? null : around(bounds, 3);
    this.#drawn = {
      zones,
      graticule:
        wide === null || bounds === null ? NOTHING.graticule : graticule(wide, graticuleStep(bounds)),
    };
    this.#state.clear();
    if (!this.#styled) return;
    this.#map.removeFeatureState({ source: ZONES });
    this.#pour();
  }

  paint(zones: ReadonlyMap<string, ZonePaint>): void {
    for (const [id, paint] of zones) {
      const before = this.#state.get(id);
      if (before !== undefined && isSame(before, paint)) continue;
      this.#state.set(id, paint);
      this.#set(id, { ...paint });
    }
  }

  outline(hovered: string | null, chosen: string | null): void {
    const [wasHovered, wasChosen] = [this.#hovered, this.#chosen];
    [this.#hovered, this.#chosen] = [hovered, chosen];
    for (const id of new Set([wasHovered, wasChosen, hovered, chosen])) {
      if (id !== null) this.#set(id, { hover: id === hovered, chosen: id === chosen });
    }
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    if (this.#styled) this.#restyle();
  }

  lay(basemap: Basemap | null): void {
    this.#underlay.lay(basemap);
    if (basemap === null || this.#credited) return;
    this.#map.addControl(new AttributionControl({ compact: false }), 'bottom-right');
    this.#credited = true; // whoever made it is named; without a basemap there is nobody to name
  }

  go(place: Place): void {
    this.#map.easeTo({ center: [place.lon, place.lat], zoom: place.zoom, duration: GO_MS });
  }

  fit(box: Box): void {
    const { width, height } = this.#view;
    const place = placeFor(box, width, height, FIT_PADDING, FIT_ZOOM);
    this.#map.jumpTo({ center: [place.lon, place.lat], zoom: place.zoom });
  }

  zoomBy(steps: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + steps, duration: GO_MS / 2 });
  }

  resize(): void {
    this.#map.setPixelRatio(ratioOf(window));
    this.#map.resize();
    this.#view = this.#read();
    this.#moved = true;
  }

  destroy(): void {
    this.#underlay.lay(null);
    this.#map.remove();
  }

  #read(): View {
    const { lng, lat } = this.#map.getCenter();
    const { clientWidth, clientHeight } = this.host;
    return viewOf({ lon: lng, lat, zoom: this.#map.getZoom() }, clientWidth, clientHeight);
  }

  #set(id: string, state: Record<string, unknown>): void {
    if (this.#styled) this.#map.setFeatureState({ source: ZONES, id }, state);
  }

  /** Puts zones and graticule into a style that stands. */
  #pour(): void {
    this.#poured = this.#drawn;
    this.#map.getSource<GeoJSONSource>(ZONES)?.setData(this.#drawn.zones);
    this.#map.getSource<GeoJSONSource>(GRATICULE)?.setData(this.#drawn.graticule);
  }

  /** A tile that does not come leaves a gap; a style that can't be drawn would leave nothing. */
  #failed({ message }: { message: string }): void {
    const [, base] = this.#madeFor;
    if (base === null) console.warn('map:', message);
    else if (this.#styled) this.#underlay.missed(message);
    else this.#refuse(message);
  }

  #refuse(message: string): void {
    this.#underlay.refused(message);
    this.#restyle();
  }

  /** Asks once more for what lies below. */
  #refresh(): void {
    const ours = [ZONES, GRATICULE];
    for (const id of Object.keys(this.#map.getStyle().sources)) {
      if (!ours.includes(id)) this.#map.refreshTiles(id);
    }
  }

  /** The style anew: another theme, other zones, another basemap. */
  #restyle(): void {
    this.#styled = false;
    this.#poured = this.#drawn;
    const { base } = this.#underlay;
    this.#madeFor = [this.#dress, base];
    const style =
      base === null
        ? plainStyle(this.#dress, this.#drawn)
        : over(base(this.#dress), this.#dress, this.#drawn);
    this.#map.setStyle(style, { diff: false });
  }

  #restyled(): void {
    const [dress, base] = this.#madeFor;
    if (dress !== this.#dress || base !== this.#underlay.base) {
      this.#restyle(); // they changed while it was loading
      return;
    }
    this.#styled = true;
    if (this.#poured !== this.#drawn) this.#pour(); // they came while the style was loading
    for (const [id, paint] of this.#state) this.#set(id, { ...paint });
    this.outline(this.#hovered, this.#chosen);
  }
}

/** Device pixels for each CSS pixel, at most two: more can't be seen and costs four times as much. */
function ratioOf({ devicePixelRatio }: Window): number {
  return Math.min(devicePixelRatio, 2);
}

function isSame(a: ZonePaint, b: ZonePaint): boolean {
  return a.step === b.step && a.few === b.few && a.stale === b.stale && a.dim === b.dim;
}
