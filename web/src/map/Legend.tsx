/** What the signs, shapes and colours of the map mean, drawn by the very code that draws the map. */

import { useEffect, useRef } from 'preact/hooks';

import { number } from '../i18n/format.ts';
import { t, type Key } from '../i18n/index.ts';
import { dressOf, FEW_OPACITY, type Dress } from './colours.ts';
import { LATENESS_DASHES, LATENESS_MARKS, type Lateness } from './orders.ts';
import { FEW_SIGN, STEP_MARKS, STEP_SIGNS, STEPS, stepsFrom, USUAL_LIMITS, type Step } from './pressure.ts';
import { tracePressure } from './signs.ts';
import { COURIER_STATUSES, type MapSources } from './sources.ts';
import { drawSprites, STAGES } from './sprites.ts';
import { fewWords } from './tips.ts';
import { drawVenue, VENUE_PX } from './venue_marks.ts';
import type { VenueLook, VenueShape } from './venues.ts';

const ICON_PX = 22;
const LATENESSES: readonly Lateness[] = ['on-time', 'late', 'very-late'];
const SHAPES: readonly VenueShape[] = ['open', 'busy', 'paused', 'closed', 'silent'];
const PLAIN: VenueLook = {
  id: '',
  x: 0,
  y: 0,
  shape: 'open',
  ring: 0,
  ringMark: 'order-on-time',
  overdue: 0,
  waiting: 0,
  ours: false,
  trouble: false,
};

type Draw = (ink: CanvasRenderingContext2D, dress: Dress) => void;

export function Legend({ sources }: { sources: MapSources }) {
  const dress = dressOf(sources.palette.value, sources.dark.value);
  const limits = sources.limits.value;
  const { shortage } = limits ?? { shortage: USUAL_LIMITS };
  const own = Object.keys(limits?.zones ?? {}).length;
  const item = (key: Key, draw: Draw, more = '') => (
    <li key={key}>
      <Icon draw={draw} dress={dress} />
      <span>
        {t(key)}
        {more}
      </span>
    </li>
  );
  return (
    <details class="map-legend">
      <summary>{t('map.legend')}</summary>
      <div class="map-legend-parts">
        <section>
          <h3>{t('map.legend.zones')}</h3>
          <ul>
            {STEPS.map((step) =>
              item(`map.step.${step}`, zone(step), ` · ${range(step, stepsFrom(shortage))}`),
            )}
            {shortage.min_on_shift > 0 &&
              item('map.step.few', few, ` · ${fewWords(shortage.min_on_shift)}`)}
          </ul>
          {own > 0 && <p>{t('map.limits.own', { count: own })}</p>}
        </section>
        <section>
          <h3>{t('map.legend.couriers')}</h3>
          <ul>
            {COURIER_STATUSES.slice(0, 4).map((status, row) =>
              item(`map.courier.${status}`, courier(row, 0)),
            )}
            {STAGES.slice(1).map((stage, at) => item(`map.fix.${stage}`, courier(0, at + 1)))}
          </ul>
        </section>
        <section>
          <h3>{t('map.legend.venues')}</h3>
          <ul>
            {SHAPES.map((shape) => item(`map.venue.${shape}`, venue({ shape })))}
            {item('map.venue.ours', venue({ shape: 'paused', ours: true }))}
            {item('map.venue.ring', venue({ ring: 0.6, ringMark: 'order-very-late' }))}
            {item('map.venue.overdue', venue({ overdue: 3 }))}
            {item('map.venue.waiting', venue({ waiting: 2 }))}
          </ul>
        </section>
        <section>
          <h3>{t('map.legend.orders')}</h3>
          <ul>{LATENESSES.map((lateness) => item(`map.order.${lateness}`, line(lateness)))}</ul>
        </section>
      </div>
    </details>
  );
}

function Icon({ draw, dress }: { draw: Draw; dress: Dress }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ratio = Math.min(globalThis.devicePixelRatio, 2);
  useEffect(() => {
    const ink = canvas.current?.getContext('2d') ?? null;
    if (ink === null) return;
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.clearRect(0, 0, ICON_PX, ICON_PX);
    draw(ink, dress);
  });
  return (
    <canvas
      ref={canvas}
      width={ICON_PX * ratio}
      height={ICON_PX * ratio}
      style={{ inlineSize: `${ICON_PX}px`, blockSize: `${ICON_PX}px` }}
      aria-hidden="true"
    />
  );
}

function range(step: Step, steps: readonly number[]): string {
  const [from = 0, to] = [steps[step], steps[step + 1]];
  if (to === undefined) return `≥ ${number(from, 1)}`;
  return step === 0 ? `< ${number(to, 1)}` : `${number(from, 1)}–${number(to, 1)}`;
}

function few(ink: CanvasRenderingContext2D, dress: Dress): void {
  const middle = ICON_PX / 2;
  ink.globalAlpha = dress.zoneOpacity * FEW_OPACITY;
  ink.fillStyle = dress.quiet;
  ink.fillRect(0, 0, ICON_PX, ICON_PX);
  ink.globalAlpha = 1;
  const sign = new Path2D();
  tracePressure(sign, FEW_SIGN, middle, middle, 6);
  ink.lineWidth = 1.5;
  ink.strokeStyle = dress.quiet;
  ink.stroke(sign);
  ink.fillStyle = dress.surface;
  ink.fill(sign);
}

function zone(step: Step): Draw {
  return (ink, dress) => {
    const middle = ICON_PX / 2;
    ink.globalAlpha = dress.zoneOpacity;
    ink.fillStyle = dress.marks[STEP_MARKS[step]];
    ink.fillRect(0, 0, ICON_PX, ICON_PX);
    ink.globalAlpha = 1;
    const sign = new Path2D();
    tracePressure(sign, STEP_SIGNS[step], middle, middle, 6);
    ink.lineWidth = 1.5;
    ink.lineJoin = 'round';
    ink.strokeStyle = dress.outline;
    ink.stroke(sign);
    ink.fillStyle = dress.marks[STEP_MARKS[step]];
    ink.fill(sign);
  };
}

function courier(row: number, column: number): Draw {
  return (ink, dress) => {
    const side = 28; // twice its size on the map, for clarity
    const { canvas } = drawSprites(side, dress);
    const [left, size] = [(ICON_PX - 14) / 2, 14];
    ink.drawImage(canvas, column * side, row * side, side, side, left, left, size, size);
  };
}

function venue(look: Partial<VenueLook>): Draw {
  return (ink, dress) => {
    ink.translate(ICON_PX / 2 - VENUE_PX / 2, ICON_PX / 2 - VENUE_PX / 2);
    const family = getComputedStyle(document.body).fontFamily;
    drawVenue(ink, { ...PLAIN, ...look }, 6.5, dress, family);
  };
}

function line(lateness: Lateness): Draw {
  return (ink, dress) => {
    ink.beginPath();
    ink.moveTo(1, ICON_PX / 2);
    ink.lineTo(ICON_PX - 1, ICON_PX / 2);
    ink.setLineDash(LATENESS_DASHES[lateness] as number[]);
    ink.lineWidth = lateness === 'very-late' ? 3 : 2.2;
    ink.strokeStyle = dress.marks[LATENESS_MARKS[lateness]];
    ink.stroke();
    ink.setLineDash([]);
  };
}
