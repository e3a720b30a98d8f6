/**
 * The marks: orders' lines, venues and zones' labels on a Canvas2D of their own above the couriers.
 *
 * Drawn when a figure, the view or the selection changes, never at the couriers' pace. What stands
 * where is decided in `labels.ts`, `venues.ts` and `orders.ts`.
 */

import type { Dress } from './colours.ts';
import {
  drawLabel,
  fontsOf,
  labelKey,
  measureIn,
  type Fonts,
} from './label_marks.ts';
import { placeLabels, type Measure, type Placed, type ZoneLabel } from './labels.ts';
import { drawLines, type ScreenLine } from './lines.ts';
import { screenX, screenY, zoomOf, type View } from './mercator.ts';
import type { OrderLine } from './orders.ts';
import { Stamps } from './stamps.ts';
import { drawVenue, VENUE_PX, venueKey, venueRadius } from './venue_marks.ts';
import type { VenueLook } from './venues.ts';

/** From this zoom on all venues are shown, below it those in trouble. */
export const VENUES_FROM_ZOOM = 12.5;

export class Marks {
  readonly canvas = document.createElement('canvas');
  readonly #ink: CanvasRenderingContext2D;
  readonly #stamps = new Stamps();
  readonly #family: string;
  readonly #fonts: Fonts;
  readonly #measure: Measure;
  #dress: Dress;
  #labels: readonly ZoneLabel[] = [];
  #venues: readonly VenueLook[] = [];
  #lines: readonly OrderLine[] = [];
  #ratio = 1;
  /** As last drawn, for picking. */
  venues: readonly VenueLook[] = [];
  lines: readonly ScreenLine[] = [];
  labels: readonly Placed[] = [];

  constructor(
    dress: Dress,
    private readonly late: (minutes: number) => string,
  ) {
    const ink = this.canvas.getContext('2d');
    if (ink === null) throw new Error('no canvas');
    this.#ink = ink;
    this.#dress = dress;
    this.#family = getComputedStyle(document.body).fontFamily;
    this.#fonts = fontsOf(this.#family);
    this.#measure = measureIn(ink, this.#fonts);
  }

  label(labels: readonly ZoneLabel[]): void {
    this.#labels = labels;
  }

  /** The venues; those in trouble are drawn last, above the others. */
  place(venues: readonly VenueLook[]): void {
    this.#venues = [...venues].sort(
      (a, b) => Number(a.trouble) - Number(b.trouble) || a.overdue - b.overdue,
    );
  }

  connect(lines: readonly OrderLine[]): void {
    this.#lines = lines;
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    this.#stamps.clear();
  }

  /** `meant`: the venues that a search means, null: all; `selected`: the venue that is selected. */
  draw(
    view: View,
    allVenues: boolean,
    meant: ReadonlySet<string> | null,
    selected: string | null,
  ): void {
    const ink = this.#ink;
    const rtl = document.documentElement.dir === 'rtl';
    this.#stamps.begin(this.#ratio);
    ink.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    ink.clearRect(0, 0, view.width, view.height);
    this.lines = drawLines(ink, this.#lines, view, this.#dress, this.#fonts.quiet, this.late);
    this.#drawVenues(view, allVenues, meant, selected);
    this.labels = placeLabels(this.#labels, view, this.#measure);
    for (const placed of this.labels) {
      const { label, size, left, top, width, height } = placed;
      const stamp = this.#stamps.get(labelKey(label, size, rtl), width, height, (own) =>
        drawLabel(own, placed, this.#dress, this.#fonts, this.#measure, rtl),
      );
      ink.drawImage(stamp.canvas, left, top, width, height);
    }
  }

  resize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  destroy(): void {
    this.canvas.remove();
    this.#stamps.clear();
  }

  #drawVenues(
    view: View,
    allVenues: boolean,
    meant: ReadonlySet<string> | null,
    selected: string | null,
  ): void {
    const ink = this.#ink;
    const zoom = zoomOf(view);
    const radius = venueRadius(zoom);
    const half = VENUE_PX / 2;
    const shown: VenueLook[] = [];
    for (const look of this.#venues) {
      const isSelected = look.id === selected;
      const isMeant = meant?.has(look.id) === true;
      if (!(allVenues || zoom >= VENUES_FROM_ZOOM || look.trouble || isMeant || isSelected)) continue;
      const [x, y] = [screenX(view, look.x), screenY(view, look.y)];
      if (x < -half || x > view.width + half || y < -half || y > view.height + half) continue;
      const stamp = this.#stamps.get(venueKey(look, radius), VENUE_PX, VENUE_PX, (own) =>
        drawVenue(own, look, radius, this.#dress, this.#family),
      );
      ink.globalAlpha = meant === null || isMeant || isSelected ? 1 : 0.3;
      ink.drawImage(stamp.canvas, x - half, y - half, VENUE_PX, VENUE_PX);
      ink.globalAlpha = 1;
      if (isSelected) this.#ring(x, y, radius + 6);
      shown.push(look);
    }
    this.venues = shown;
  }

  #ring(x: number, y: number, r: number): void {
    const ink = this.#ink;
    ink.beginPath();
    ink.arc(x, y, r, 0, 2 * Math.PI);
    ink.lineWidth = 5;
    ink.strokeStyle = this.#dress.surface;
    ink.stroke();
    ink.lineWidth = 3;
    ink.strokeStyle = this.#dress.accent;
    ink.stroke();
  }
}
