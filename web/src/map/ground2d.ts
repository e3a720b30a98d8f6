/**
 * The ground without WebGL: zones and graticule on a Canvas2D, moved by pointer, wheel and keys.
 *
 * A real fallback and a simple one: no basemap, no easing. Everything above it is the same as above
 * MapLibre.
 */

import type { FeatureCollection } from 'geojson';

import { t } from '../i18n/index.ts';
import type { Box } from '../wire/types.ts';
import { FEW_OPACITY, type Dress } from './colours.ts';
import {
  FIT_PADDING,
  FIT_ZOOM,
  graticuleStep,
  KEY_PAN_PX,
  MAX_ZOOM,
  MIN_ZOOM,
  type Ground,
  type GroundEvents,
  type ZonePaint,
} from './ground.ts';
import {
  boxOf,
  placeFor,
  placeOf,
  screenX,
  screenY,
  viewOf,
  worldAt,
  worldX,
  worldY,
  zoomOf,
  type Place,
  type View,
} from './mercator.ts';
import { STEP_MARKS } from './pressure.ts';
import type { Shape } from './shapes.ts';

const REST_MS = 200;
const WHEEL_ZOOM = 1 / 300; // steps for each pixel of a wheel

export class CanvasGround implements Ground {
  readonly way = 'canvas2d';
  readonly element = document.createElement('canvas');
  readonly #ink: CanvasRenderingContext2D;
  readonly #ending = new AbortController();
  readonly #pointers = new Map<number, { x: number; y: number }>();
  #shapes: readonly Shape[] = [];
  #zones: ReadonlyMap<string, ZonePaint> = new Map();
  #hovered: string | null = null;
  #chosen: string | null = null;
  #dress: Dress;
  #view: View;
  #ratio = 1;
  #frame = 0;
  #moved = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: HTMLElement,
    dress: Dress,
    place: Place,
    private readonly events: GroundEvents,
  ) {
    const ink = this.element.getContext('2d');
    if (ink === null) throw new Error('no canvas');
    this.#ink = ink;
    this.#dress = dress;
    this.#view = viewOf(place, host.clientWidth, host.clientHeight);
    this.element.tabIndex = 0;
    this.element.className = 'map-ground2d';
    this.element.setAttribute('role', 'region');
    this.element.setAttribute('aria-label', t('map.label'));
    host.append(this.element);
    this.#listen();
    this.resize();
  }

  view(): View {
    return this.#view;
  }

  show(_: FeatureCollection, shapes: readonly Shape[]): void {
    this.#shapes = shapes;
    this.#ask();
  }

  paint(zones: ReadonlyMap<string, ZonePaint>): void {
    this.#zones = zones;
    this.#ask();
  }

  outline(hovered: string | null, chosen: string | null): void {
    [this.#hovered, this.#chosen] = [hovered, chosen];
    this.#ask();
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    this.#ask();
  }

  lay(): void {
    // Tiles need WebGL.
  }

  go(place: Place): void {
    this.#look(viewOf(place, this.#view.width, this.#view.height));
  }

  fit(box: Box): void {
    this.go(placeFor(box, this.#view.width, this.#view.height, FIT_PADDING, FIT_ZOOM));
  }

  zoomBy(steps: number): void {
    this.#zoom(steps, this.#view.width / 2, this.#view.height / 2);
  }

  resize(): void {
    const { clientWidth, clientHeight } = this.host;
    this.#ratio = Math.min(devicePixelRatio, 2);
    this.element.width = Math.max(1, Math.round(clientWidth * this.#ratio));
    this.element.height = Math.max(1, Math.round(clientHeight * this.#ratio));
    this.#look(viewOf(placeOf(this.#view), clientWidth, clientHeight));
  }

  destroy(): void {
    this.#ending.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    this.element.remove();
  }

  #look(view: View): void {
    this.#view = view;
    this.#moved = true;
    this.#ask();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.events.rested(), REST_MS);
  }

  #pan(dx: number, dy: number): void {
    const { x, y, scale } = this.#view;
    const within = (at: number): number => Math.max(0, Math.min(1, at));
    this.#look({ ...this.#view, x: within(x - dx / scale), y: within(y - dy / scale) });
  }

  /** Nearer or farther, what is under (px, py) staying there. */
  #zoom(steps: number, px: number, py: number): void {
    const before = this.#view;
    const zoom = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, zoomOf(before) + steps));
    const scale = before.scale * 2 ** (zoom - zoomOf(before));
    const [x, y] = worldAt(before, px, py);
    this.#look({
      ...before,
      scale,
      x: x - (px - before.width / 2) / scale,
      y: y - (py - before.height / 2) / scale,
    });
  }

  #listen(): void {
    const { element } = this;
    const { signal } = this.#ending;
    element.addEventListener('pointerdown', (event) => this.#press(event), { signal });
    element.addEventListener('pointermove', (event) => this.#drag(event), { signal });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      element.addEventListener(end, (event) => this.#pointers.delete(event.pointerId), { signal });
    }
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
      this.#zoom(-event.deltaY * pixels * WHEEL_ZOOM, event.offsetX, event.offsetY);
    };
    element.addEventListener('wheel', wheel, { signal, passive: false });
    element.addEventListener('dblclick', (e) => this.#zoom(1, e.offsetX, e.offsetY), { signal });
    element.addEventListener('keydown', (event) => this.#key(event), { signal });
  }

  #press(event: PointerEvent): void {
    this.element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  }

  #drag(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId);
    this.#pointers.set(event.pointerId, now);
    const other = others[0]?.[1];
    if (other === undefined) {
      this.#pan(now.x - before.x, now.y - before.y);
      return;
    }
    // Two fingers: how far they are apart.
    const apart = (at: { x: number; y: number }): number =>
      Math.max(1, Math.hypot(at.x - other.x, at.y - other.y));
    this.#zoom(Math.log2(apart(now) / apart(before)), other.x, other.y);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const pan: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [KEY_PAN_PX, 0],
      ArrowRight: [-KEY_PAN_PX, 0],
      ArrowUp: [0, KEY_PAN_PX],
      ArrowDown: [0, -KEY_PAN_PX],
    };
    const by = pan[event.key];
    if (by !== undefined) this.#pan(...by);
    else if (event.key === '+' || event.key === '=') this.zoomBy(1);
    else if (event.key === '-') this.zoomBy(-1);
    else return;
    event.preventDefault();
  }

  #ask(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      if (this.#moved) this.events.moved();
      this.#moved = false;
    });
  }

  #draw(): void {
    const ink = this.#ink;
    const dress = this.#dress;
    ink.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ink.fillStyle = dress.ground;
    ink.fillRect(0, 0, this.#view.width, this.#view.height);
    this.#drawGraticule();
    const marked: [Path2D, string][] = [];
    for (const shape of this.#shapes) {
      const path = this.#trace(shape);
      if (path === null) continue;
      const zone = this.#zones.get(shape.id);
      ink.fillStyle = zone === undefined ? dress.zoneLine : zone.few ? dress.quiet : dress.marks[STEP_MARKS[zone.step]];
      const share = zone === undefined ? 0.15 : zone.stale ? 0.2 : zone.dim ? 0.35 : zone.few ? FEW_OPACITY : 1;
      ink.globalAlpha = dress.zoneOpacity * share;
      ink.fill(path, 'evenodd');
      ink.globalAlpha = 1;
      ink.lineWidth = 1;
      ink.strokeStyle = dress.zoneLine;
      if (zone?.stale === true) ink.setLineDash([4, 4]);
      ink.stroke(path);
      ink.setLineDash([]);
      if (shape.id === this.#chosen || shape.id === this.#hovered) marked.push([path, shape.id]);
    }
    ink.lineJoin = 'round';
    ink.strokeStyle = dress.accent;
    for (const [path, id] of marked) {
      ink.lineWidth = id === this.#chosen ? 3.5 : 2;
      ink.stroke(path);
    }
  }

  #drawGraticule(): void {
    const ink = this.#ink;
    const view = this.#view;
    const box = boxOf(view);
    const step = graticuleStep(box);
    const [west, south, east, north] = box;
    ink.beginPath();
    for (let at = Math.ceil(west / step); at * step <= east; at++) {
      const x = Math.round(screenX(view, worldX(at * step))) + 0.5;
      ink.moveTo(x, 0);
      ink.lineTo(x, view.height);
    }
    for (let at = Math.ceil(south / step); at * step <= north; at++) {
      const y = Math.round(screenY(view, worldY(at * step))) + 0.5;
      ink.moveTo(0, y);
      ink.lineTo(view.width, y);
    }
    ink.lineWidth = 1;
    ink.strokeStyle = this.#dress.graticule;
    ink.stroke();
  }

  /** The path of a shape, null where nothing of it is seen. */
  #trace(shape: Shape): Path2D | null {
    const view = this.#view;
    if (screenX(view, shape.east) < 0 || screenX(view, shape.west) > view.width) return null;
    if (screenY(view, shape.south) < 0 || screenY(view, shape.north) > view.height) return null;
    const path = new Path2D();
    for (const ring of shape.rings) {
      for (let at = 0; at < ring.length; at += 2) {
        const [x, y] = [screenX(view, ring[at]!), screenY(view, ring[at + 1]!)];
        if (at === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      }
      path.closePath();
    }
    return path;
  }
}
