/** Zones' figures turned into what is written and coloured for them, in the watcher's language. */

import { duration, number } from '../i18n/format.ts';
import { isolate, t } from '../i18n/index.ts';
import type { ShortageLimits, Zone } from '../wire/types.ts';
import type { ZonePaint } from './ground.ts';
import type { ZoneLabel } from './labels.ts';
import { worldX, worldY } from './mercator.ts';
import { FEW_SIGN, pressureOf, STEP_SIGNS, trendOf, type Ratios } from './pressure.ts';
import type { Shape } from './shapes.ts';

export interface ZoneLooks {
  readonly labels: readonly ZoneLabel[];
  readonly paints: ReadonlyMap<string, ZonePaint>;
}

/** The looks of all zones; `meant` are those of a search, null: all. */
export function looksOf(
  zones: Iterable<Zone>,
  shapes: ReadonlyMap<string, Shape>,
  ratios: Ratios,
  limitsOf: (zoneId: string) => ShortageLimits,
  nowMs: number,
  meant: ReadonlySet<string> | null,
  first: ReadonlySet<string>,
): ZoneLooks {
  const labels: ZoneLabel[] = [];
  const paints = new Map<string, ZonePaint>();
  for (const zone of zones) {
    const { step, waitS, few } = pressureOf(zone, limitsOf(zone.zone_id), nowMs);
    const stale = zone.stale.length > 0;
    const dim = meant !== null && !meant.has(zone.zone_id);
    paints.set(zone.zone_id, { step, few, stale, dim });
    const shape = shapes.get(zone.zone_id);
    const { pushing } = zone;
    labels.push({
      id: zone.zone_id,
      name: zone.name,
      step,
      few,
      sign: few ? FEW_SIGN : STEP_SIGNS[step],
      ratio: number(zone.ratio, 1),
      waits: waitS === null ? null : t('map.waits', { by: duration(waitS) }),
      clear: clearIn(zone.clear_min),
      trend: trendOf(zone.ratio, ratios.before(zone.zone_id, nowMs)),
      pushing:
        pushing === null
          ? null
          : isolate(`+${number(pushing.accepted)}/${number(pushing.expected)}`),
      stale,
      dim,
      x: worldX(zone.lon),
      y: worldY(zone.lat),
      width: shape === undefined ? 0 : shape.east - shape.west,
      first: first.has(zone.zone_id),
    });
  }
  return { labels, paints };
}

/** The time to clear, where there is anything to clear. */
function clearIn(minutes: number | null): string | null {
  return minutes === null || minutes === 0 ? null : duration(minutes * 60);
}
