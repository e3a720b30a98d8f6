/**
 * The map as one thing: ground, couriers, marks and pointer, following its sources.
 *
 * Without a framework: `Map.tsx` gives it an element, the bench does the same. Signals only say that
 * something is to be drawn; figures are read when it is. Zones, venues and lines are worked out at
 * most every `FIGURES_MS`; what the watcher does shows at the next frame.
 */

import { effect, signal, untracked, type ReadonlySignal } from '@preact/signals';

import { duration } from '../i18n/format.ts';
import { language } from '../i18n/index.ts';
import { dressOf, type Dress } from './colours.ts';
import { startCounters, type OverlayCounters, type Way } from './counters.ts';
import { MOST } from './crowd.ts';
import type { Ground, GroundMaker } from './ground.ts';
import { CanvasGround } from './ground2d.ts';
import { Halo } from './halo.ts';
import { CourierLayer } from './layer.ts';
import { limitsOf } from './limits.ts';
import { looksOf } from './looks.ts';
import { Marks } from './marks.ts';
import { boxOf, isAt, placeOf, zoomOf, type Place } from './mercator.ts';
import { linesOf } from './orders.ts';
import { overlayOf } from './overlays.ts';
import { pickAt } from './pick.ts';
import { followPointer } from './pointer.ts';
import { Ratios } from './pressure.ts';
import { boundsOf, shapesOf, type Shape } from './shapes.ts';
import type { MapEvents, MapSources, Pick } from './sources.ts';
import { Tip } from './tip.ts';
import type { BasemapState } from './underlay.ts';
import { venueRadius } from './venue_marks.ts';
import { lookOf, waitingAt } from './venues.ts';

const FIGURES_MS = 400;
const WAITING_MS = 2_000;
const START: Place = { lon: 15, lat: 30, zoom: 2 };

export class Stage {
  readonly counters: OverlayCounters;
  readonly basemap = signal<BasemapState>('none');
  /** From afar one of so many couriers is drawn. */
  readonly thinned = signal(1);
  readonly #ending = new AbortController();
  readonly #ground: Ground;
  readonly #layer: CourierLayer;
  readonly #marks: Marks;
  readonly #halo = new Halo();
  readonly #tip: Tip;
  readonly #ratios = new Ratios();
  #shapes: readonly Shape[] = [];
  #shapeById: ReadonlyMap<string, Shape> = new Map();
  #waiting: ReadonlyMap<string, number> = new Map();
  #waitingAt = -Infinity;
  #hovered: Pick | null = null;
  #workedAt = -Infinity;
  #isShown = true;
  #toWork = true; // figures are to be worked out again
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fitted: string | null = null;
  #toFit = false;
  #whole: Place | null = null; // where all of the city is seen

  constructor(
    private readonly host: HTMLElement,
    private readonly sources: MapSources,
    private readonly events: MapEvents,
    maker: GroundMaker | null,
    way: Way,
  ) {
    const dress = this.#dress();
    this.#ground = this.#lay(dress, maker);
    const overlay = overlayOf(dress, way);
    this.counters = startCounters(this.#ground.way, overlay.way);
    this.#layer = new CourierLayer(overlay, this.counters, {
      view: () => this.#ground.view(),
      nowMs: () => sources.now.peek(),
      selected: () => this.#selectedSlot(),
      drawn: (share) => this.#drawHalo(share),
      thinned: (every) => {
        this.thinned.value = every;
      },
    });
    this.#marks = new Marks(dress, (minutes) => `+${duration(minutes * 60)}`);
    host.dataset['ground'] = this.#ground.way;
    host.dataset['couriers'] = overlay.way;
    overlay.canvas.className = 'map-couriers';
    this.#marks.canvas.className = 'map-marks';
    this.#tip = new Tip(host, sources);
    for (const canvas of [overlay.canvas, this.#marks.canvas]) canvas.ariaHidden = 'true';
    host.append(overlay.canvas, this.#halo.element, this.#marks.canvas, this.#tip.element);
    const resized = new ResizeObserver(() => this.#resize());
    resized.observe(host);
    this.#ending.signal.addEventListener('abort', () => resized.disconnect());
    followPointer(
      this.#ground.element,
      { over: (at) => this.#hover(at), chosen: (at) => events.chosen(this.#pick(at)) },
      this.#ending.signal,
    );
    this.#resize();
    this.#followSources();
  }

  /** All of the city. */
  fit(): void {
    this.#toFit = this.host.clientWidth === 0; // not shown yet: once it is
    if (this.#toFit) return;
    const bounds = boundsOf(this.#shapes);
    if (bounds === null) return;
    this.#ground.fit(bounds);
    this.#whole = placeOf(this.#ground.view());
    this.#rested();
  }

  zoomBy(steps: number): void {
    this.#ground.zoomBy(steps);
  }

  /** Shows a place, no farther away than now. */
  reveal(lon: number, lat: number, zoom = 14): void {
    this.#ground.go({ lon, lat, zoom: Math.max(zoom, zoomOf(this.#ground.view())) });
  }

  destroy(): void {
    this.#ending.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#layer.destroy();
    this.#marks.destroy();
    this.#halo.element.remove();
    this.#tip.element.remove();
    this.#ground.destroy();
  }

  #lay(dress: Dress, maker: GroundMaker | null): Ground {
    const events = {
      moved: () => this.#moved(),
      rested: () => this.#rested(),
      basemap: (state: BasemapState) => {
        this.basemap.value = state;
      },
    };
    const place = this.sources.place.peek() ?? START;
    if (maker !== null) {
      try {
        return new maker(this.host, dress, place, events);
      } catch (problem) {
        // The driver gave one context and refuses the next: the simple map is better than none.
        console.warn('map without WebGL:', problem);
        this.host.replaceChildren();
      }
    }
    return new CanvasGround(this.host, dress, place, events);
  }

  #dress(): Dress {
    return dressOf(this.sources.palette.peek(), this.sources.dark.peek());
  }

  #followSources(): void {
    const { sources } = this;
    const follow = (
      signals: readonly ReadonlySignal<unknown>[],
      then: () => void,
      first = true,
    ): void => {
      let skip = !first;
      const end = effect(() => {
        for (const one of signals) void one.value;
        if (!skip) untracked(then);
        skip = false;
      });
      this.#ending.signal.addEventListener('abort', end);
    };
    follow([sources.palette, sources.dark], () => this.#redress(), false);
    follow([sources.shapes, sources.city], () => this.#reshape());
    follow([sources.basemap], () => this.#ground.lay(sources.basemap.peek()));
    follow([sources.place], () => this.#goTo(sources.place.peek()), false);
    follow([sources.couriers.changed], () => this.#layer.changed(sources.couriers.fleet()));
    follow([sources.zones.changed, sources.venues.changed, sources.orders.changed], () =>
      this.#work(FIGURES_MS),
    );
    follow([sources.limits], () => this.#work(0), false);
    follow([sources.now], () => {
      this.#layer.aged();
      this.#work(FIGURES_MS);
    });
    follow([sources.selection, sources.filter, language], () => {
      this.#light();
      this.#work(0);
    });
  }

  /** Has the figures worked out and drawn, not sooner than so long after the last time. */
  #work(apart: number): void {
    this.#toWork = true;
    const wait = this.#workedAt + apart - performance.now();
    if (wait <= 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#ask();
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#ask();
      }, wait);
    }
  }

  #ask(): void {
    if (this.#frame !== 0 || !this.#isShown) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawMarks();
    });
  }

  #drawMarks(): void {
    const begun = performance.now();
    if (this.#toWork) this.#workOut(begun);
    const { allVenues, venues } = this.sources.filter.peek();
    const selected = this.sources.selection.peek();
    const venue = selected?.kind === 'venue' ? selected.id : null;
    this.#marks.draw(this.#ground.view(), allVenues, venues, venue);
    this.counters.marks += 1;
    this.counters.marksMs += performance.now() - begun;
    this.counters.lines = this.#marks.lines.length;
  }

  #workOut(at: number): void {
    const { zones, limits, venues, orders, now, filter, selection, couriers } = this.sources;
    const [nowMs, meant, chosen] = [now.peek(), filter.peek(), selection.peek()];
    this.#toWork = false;
    this.#workedAt = at;
    untracked(() => {
      this.#ratios.note(zones.all(), nowMs);
      const first = new Set([this.#zoneOf(chosen), this.#zoneOf(this.#hovered)].filter(isText));
      const { labels, paints } = looksOf(
        zones.all(),
        this.#shapeById,
        this.#ratios,
        (id) => limitsOf(limits.peek(), id),
        nowMs,
        meant.zones,
        first,
      );
      this.#ground.paint(paints);
      this.#marks.label(labels);
      if (at - this.#waitingAt >= WAITING_MS) {
        this.#waitingAt = at;
        this.#waiting = waitingAt(venues.all(), couriers.fleet());
      }
      const looks = [];
      for (const venue of venues.all()) {
        const look = lookOf(venue, this.#waiting.get(venue.venue_id) ?? 0, nowMs);
        if (look !== null) looks.push(look);
      }
      this.#marks.place(looks);
      this.#marks.connect(linesOf(orders.all(), chosen, meant, nowMs));
    });
    this.#outline();
  }

  #light(): void {
    const { courierStatuses: statuses, couriers: meant } = this.sources.filter.peek();
    const fleet = this.sources.couriers.fleet();
    let slots: Uint8Array | null = null;
    if (meant !== null) {
      slots = new Uint8Array(fleet.status.length);
      for (const id of meant) {
        const slot = fleet.slotOf(id);
        if (slot >= 0) slots[slot] = 1;
      }
    }
    this.#layer.light({ statuses, slots, spared: meant !== null && meant.size <= MOST });
  }

  #drawHalo(share: number): void {
    const slot = this.#selectedSlot();
    this.#halo.draw(this.sources.couriers.fleet(), slot, this.#ground.view(), share);
  }

  #selectedSlot(): number {
    const selected = this.sources.selection.peek();
    return selected?.kind === 'courier' ? this.sources.couriers.fleet().slotOf(selected.id) : -1;
  }

  #moved(): void {
    this.#layer.moved();
    this.#drawMarks();
    if (this.#hovered !== null) this.#hover(null);
  }

  #rested(): void {
    if (this.#shapes.length === 0) return; // nobody has chosen to look here
    const view = this.#ground.view();
    const isWhole = this.#whole !== null && isAt(view, this.#whole);
    this.events.moved(isWhole ? null : placeOf(view), boxOf(view));
  }

  #reshape(): void {
    const collection = this.sources.shapes.peek();
    const city = this.sources.city.peek();
    this.#shapes = collection === null ? [] : shapesOf(collection);
    this.#shapeById = new Map(this.#shapes.map((shape) => [shape.id, shape]));
    this.#ground.show(collection ?? { type: 'FeatureCollection', features: [] }, this.#shapes);
    if (this.#shapes.length > 0 && city !== this.#fitted) {
      const isFirst = this.#fitted === null;
      this.#fitted = city;
      if (!isFirst || this.sources.place.peek() === null) this.fit();
    }
    this.#work(0);
  }

  #goTo(place: Place | null): void {
    const to = place ?? this.#whole;
    if (to !== null && !isAt(this.#ground.view(), to)) this.#ground.go(to);
  }

  #redress(): void {
    const dress = this.#dress();
    this.#ground.dress(dress);
    this.#layer.overlay.dress(dress);
    this.#marks.dress(dress);
    this.#layer.ask();
    this.#work(0);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    this.#isShown = width > 0 && height > 0;
    this.#layer.isShown = this.#isShown;
    if (!this.#isShown) return;
    // Who looks at the whole city sees it whole beside whatever has opened.
    const whole = this.#whole !== null && isAt(this.#ground.view(), this.#whole);
    const ratio = Math.min(devicePixelRatio, 2);
    this.#ground.resize();
    this.#layer.overlay.resize(width, height, ratio);
    this.#marks.resize(width, height, ratio);
    if (this.#toFit || whole) this.fit();
    this.#layer.moved();
    this.#drawMarks();
  }

  #pick([x, y]: readonly [number, number]): Pick | null {
    const view = this.#ground.view();
    const { venues, lines, labels } = this.#marks;
    const from = {
      fleet: this.sources.couriers.fleet(),
      isDrawn: (slot: number) => this.#layer.isDrawn(slot),
      statuses: this.sources.filter.peek().courierStatuses,
      venues,
      venueRadius: venueRadius(zoomOf(view)),
      lines,
      labels,
      shapes: this.#shapes,
    };
    return pickAt(from, view, x, y);
  }

  #hover(at: readonly [number, number] | null): void {
    const pick = at === null ? null : this.#pick(at);
    this.#tip.show(pick, at, this.#waiting);
    this.#ground.element.style.cursor = pick === null ? '' : 'pointer';
    const before = this.#zoneOf(this.#hovered);
    this.#hovered = pick;
    if (this.#zoneOf(pick) === before) return;
    this.#outline();
    this.#work(0);
  }

  #outline(): void {
    this.#ground.outline(this.#zoneOf(this.#hovered), this.#zoneOf(this.sources.selection.peek()));
  }

  #zoneOf(pick: Pick | null): string | null {
    return pick?.kind === 'zone' ? pick.id : null;
  }
}

function isText(one: string | null): one is string {
  return one !== null;
}
