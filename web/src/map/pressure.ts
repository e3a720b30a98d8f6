/**
 * How hard pressed a zone is, in five steps, each with a colour, a sign and its range of the ratio.
 *
 * The steps follow the limits of the rule `zone_shortage` (docs/rules.md) that are in force for the
 * zone, so that a red zone is one that will raise an alert. With fewer couriers than the rule wants
 * the ratio is chance and not judged, only how long the oldest order waits: such a zone has a sign
 * of its own and no colour, for neither would be true of it. Drawing is `labels.ts`', `map.ts`' and
 * `ground2d.ts`'.
 */

import type { Mark } from '../style/palettes.ts';
import type { ShortageLimits, Zone } from '../wire/types.ts';

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
/** The sign of a zone with too few couriers for its ratio to say anything. */
export const FEW_SIGN = 'ring';
export type Sign = (typeof STEP_SIGNS)[number] | typeof FEW_SIGN;

/** As the rule comes, until the server has told what is in force. */
export const USUAL_LIMITS: ShortageLimits = {
  enabled: true,
  ratio_raise: 1.5,
  critical_ratio_raise: 2,
  wait_raise_s: 300,
  critical_wait_raise_s: 600,
  min_on_shift: 5,
};

/** The least ratio of each step. */
export function stepsFrom(limits: ShortageLimits): readonly [number, number, number, number, number] {
  const raise = limits.ratio_raise;
  return [0, raise / 3, (raise * 2) / 3, raise, Math.max(raise, limits.critical_ratio_raise)];
}

/** A change of the ratio that is one: smaller ones are shown as level. */
const TREND_LEAST = 0.15;

export type Trend = 'up' | 'down' | 'level';

/** A zone's step, and how long its oldest order has waited where that, not the ratio, decides. */
export interface Pressure {
  readonly step: Step;
  readonly waitS: number | null;
  /** Too few couriers for the ratio to be judged, and it would have said more than "all is well". */
  readonly few: boolean;
}

/** How hard pressed a zone is; its oldest wait has grown since the figures were told. */
export function pressureOf(
  zone: Pick<Zone, 'ratio' | 'on_shift' | 'oldest_wait_s' | 'ts'>,
  limits: ShortageLimits,
  nowMs: number,
): Pressure {
  const from = stepsFrom(limits);
  let step: Step = 0;
  for (const one of STEPS) if (zone.ratio >= from[one]) step = one;
  // Nobody there is nothing to spare, either.
  const few = zone.on_shift < limits.min_on_shift && (step >= 2 || zone.on_shift === 0);
  if (few) step = step >= 2 ? 2 : 0;
  if (zone.oldest_wait_s === 0) return { step, waitS: null, few };
  const waitS = zone.oldest_wait_s + Math.max(0, nowMs - zone.ts) / 1000;
  const byWait: Step =
    waitS >= limits.critical_wait_raise_s ? 4 : waitS >= limits.wait_raise_s ? 3 : 0;
  return byWait > step ? { step: byWait, waitS, few: false } : { step, waitS: null, few };
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
