/**
 * How hard pressed a zone is, in five steps, each with a colour, a sign and its range of the ratio.
 *
 * The steps are those of the rule `zone_shortage` as it comes (docs/rules.md): with five couriers or
 * more the ratio decides, with fewer only how long the oldest order waits, so that a red zone is one
 * that will raise an alert. Drawing is `labels.ts`', `map.ts`' and `ground2d.ts`'.
 */

import type { Mark } from '../style/palettes.ts';
import type { Zone } from '../wire/types.ts';

export type Step = 0 | 1 | 2 | 3 | 4;
export const STEPS: readonly Step[] = [0, 1, 2, 3, 4];

export const STEP_MARKS = [
  'zone-slack',
  'zone-even',
  'zone-tight',
  'zone-short',
  'zone-grave',
] as const satisfies readonly Mark[];

/** The sign of a step; what it looks like is `signs.ts`'. */
export const STEP_SIGNS = ['down', 'dot', 'diamond', 'up', 'double-up'] as const;
export type Sign = (typeof STEP_SIGNS)[number];

/** The least ratio of each step. */
export const STEP_FROM = [0, 0.5, 1, 1.5, 2] as const;
const FEW_ON_SHIFT = 5; // below it a ratio is chance
const SHORT_WAIT_S = 300;
const GRAVE_WAIT_S = 600;
/** A change of the ratio that is one: smaller ones are shown as level. */
const TREND_LEAST = 0.15;

export type Trend = 'up' | 'down' | 'level';

/** A zone's step, and how long its oldest order has waited where that, not the ratio, decides. */
export interface Pressure {
  readonly step: Step;
  readonly waitS: number | null;
}

/** How hard pressed a zone is; its oldest wait has grown since the figures were told. */
export function pressureOf(
  zone: Pick<Zone, 'ratio' | 'on_shift' | 'oldest_wait_s' | 'ts'>,
  nowMs: number,
): Pressure {
  let step: Step = 0;
  for (const one of STEPS) if (zone.ratio >= STEP_FROM[one]) step = one;
  if (zone.on_shift < FEW_ON_SHIFT && step > 2) step = 2;
  if (zone.oldest_wait_s === 0) return { step, waitS: null };
  const waitS = zone.oldest_wait_s + Math.max(0, nowMs - zone.ts) / 1000;
  const byWait: Step = waitS >= GRAVE_WAIT_S ? 4 : waitS >= SHORT_WAIT_S ? 3 : 0;
  return byWait > step ? { step: byWait, waitS } : { step, waitS: null };
}

/** Which way the ratio went since `before`; null where nobody knows. */
export function trendOf(ratio: number, before: number | null): Trend | null {
  if (before === null) return null;
  if (ratio - before >= TREND_LEAST) return 'up';
  if (before - ratio >= TREND_LEAST) return 'down';
  return 'level';
}

const SAMPLE_MS = 30_000;
const BACK_MS = 300_000;
const SLACK_MS = 60_000; // a sample this much younger than five minutes will do

/** The ratios of the last five minutes, for trends; bounded, and begun anew when time jumps. */
export class Ratios {
  readonly #samples: { readonly ts: number; readonly ratios: ReadonlyMap<string, number> }[] = [];

  /** Takes note of the ratios at `now`, at most twice a minute. */
  note(zones: Iterable<Pick<Zone, 'zone_id' | 'ratio'>>, now: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined) {
      const since = now - last.ts;
      if (since >= 0 && since < SAMPLE_MS) return;
      if (since < 0 || since > BACK_MS) this.#samples.length = 0; // a replay was wound
    }
    const ratios = new Map<string, number>();
    for (const zone of zones) ratios.set(zone.zone_id, zone.ratio);
    if (ratios.size === 0) return;
    this.#samples.push({ ts: now, ratios });
    while ((this.#samples[1]?.ts ?? Infinity) <= now - BACK_MS) this.#samples.shift();
  }

  /** The ratio of five minutes ago; null as long as nobody looked so long. */
  before(zoneId: string, now: number): number | null {
    const oldest = this.#samples[0];
    if (oldest === undefined || now - oldest.ts < BACK_MS - SLACK_MS) return null;
    return oldest.ratios.get(zoneId) ?? null;
  }
}
