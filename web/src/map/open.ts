/** Opens the map in the best way that there is here. */

import type { Way } from './counters.ts';
import { graphics } from './overlay.ts';
import type { MapEvents, MapSources } from './sources.ts';
import { Stage } from './stage.ts';

/**
 * Makes the map in `host`; with MapLibre where there is WebGL, which is loaded only then. `way` is how
 * couriers are drawn, where it is not to be the best way here.
 */
export async function openStage(
  host: HTMLElement,
  sources: MapSources,
  events: MapEvents,
  way?: Way,
): Promise<Stage> {
  const found = graphics();
  const best = found === 'card' ? 'webgl2' : 'canvas2d';
  if (found === 'none') return new Stage(host, sources, events, null, best);
  const { LibreGround } = await import('./map.ts');
  return new Stage(host, sources, events, LibreGround, way ?? best);
}
