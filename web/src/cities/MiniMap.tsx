/** A city's zones in small: coloured as on its map, those that are short with their sign. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { limitsOf, ShownLimits } from '../map/limits.ts';
import { worldX, worldY } from '../map/mercator.ts';
import { pressureOf, type Step } from '../map/pressure.ts';
import { boundsOf, shapesOf, type Shape } from '../map/shapes.ts';
import { session } from '../model/session.ts';
import { cities, serverNow } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';

const AGAIN_MS = 5_000;
const SIDE = 1_000; // of the picture, in its own units
const MARGIN = 20;
const SHORT: Step = 3;
const GRAVE: Step = 4;

export function MiniMap({ slug }: { slug: string }) {
  const shapes = useSignal<readonly Shape[]>([]);
  const limits = useMemo(() => new ShownLimits((city, at) => session.api.limits(city, at)), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const read = async (): Promise<void> => {
      try {
        const found = shapesOf(await session.api.shapes(slug));
        if (!gone) shapes.value = found;
      } catch {
        if (!gone) timer = setTimeout(() => void read(), AGAIN_MS);
      }
    };
    void read();
    const end = serverNow.subscribe((now) => limits.look(slug, now));
    return () => {
      gone = true;
      clearTimeout(timer);
      end();
    };
  }, [slug]);
  // As text: a picture is drawn again only when a zone's look is another one.
  const looks = useLive(() => {
    const zones = cities.value.get(slug)?.zones;
    const now = serverNow.value;
    const told = limits.limits.value;
    return JSON.stringify(
      (zones?.all() ?? []).map((zone) => {
        const { step, few } = pressureOf(zone, limitsOf(told, zone.zone_id), now);
        const look = zone.stale.length > 0 ? 'stale' : few ? 'few' : String(step);
        return [zone.zone_id, look, zone.lon, zone.lat];
      }),
    );
  }, [slug]);
  const zones = JSON.parse(looks.value) as readonly (readonly [string, string, number, number])[];
  const place = useMemo(() => placed(shapes.value), [shapes.value]);
  const look = new Map(zones.map(([id, one]) => [id, one]));
  const count = (step: Step): number => zones.filter(([, one]) => one === String(step)).length;
  const [short, grave] = [count(SHORT), count(GRAVE)];
  const words = [
    ...(grave > 0 ? [t('overview.grave', { count: grave })] : []),
    ...(short > 0 ? [t('overview.short', { count: short })] : []),
    ...(grave + short === 0 && zones.length > 0 ? [t('overview.calm')] : []),
  ].join(' · ');
  return (
    <>
      <svg class="mini-map" viewBox={place.box} role="img" aria-label={words || t('region.map')}>
        {place.paths.map(({ id, d }) => (
          <path key={id} class={`mini-zone mini-${look.get(id) ?? 'none'}`} d={d} />
        ))}
        {zones.map(([id, one, lon, lat]) =>
          one === String(SHORT) || one === String(GRAVE) ? (
            <path
              key={id}
              class={`mini-sign mini-sign-${one}`}
              d={sign(one === String(GRAVE), place.x(lon), place.y(lat))}
            />
          ) : null,
        )}
      </svg>
      <p class={grave > 0 ? 'mini-words mini-words-grave' : 'mini-words'}>{words}</p>
    </>
  );
}

/** The shapes in a square picture as wide as they are, with how a place gets into it. */
function placed(shapes: readonly Shape[]) {
  const bounds = boundsOf(shapes);
  const [west, south, east, north] = bounds ?? [0, 0, 1, 1];
  const [left, top] = [worldX(west), worldY(north)];
  const size = Math.max(worldX(east) - left, worldY(south) - top, 1e-12);
  const at = (world: number, from: number): number => Math.round(((world - from) / size) * SIDE);
  const paths = shapes.map(({ id, rings }) => ({
    id,
    d: rings
      .map((ring) => {
        const points: string[] = [];
        for (let n = 0; n < ring.length; n += 2) {
          points.push(`${at(ring[n] ?? 0, left)} ${at(ring[n + 1] ?? 0, top)}`);
        }
        return `M${points.join('L')}Z`;
      })
      .join(''),
  }));
  const [wide, high] = [at(worldX(east), left), at(worldY(south), top)];
  return {
    paths,
    box: `${-MARGIN} ${-MARGIN} ${wide + 2 * MARGIN} ${high + 2 * MARGIN}`,
    x: (lon: number) => at(worldX(lon), left),
    y: (lat: number) => at(worldY(lat), top),
  };
}

/** The signs of the map: one arrow up, or two. */
function sign(isGrave: boolean, x: number, y: number): string {
  const arrow = (top: number): string => `M${x - 30} ${top + 42}h60l-30 -48z`;
  return isGrave ? arrow(y - 42) + arrow(y) : arrow(y - 18);
}
