/** What the overlay did, for tests, for the bench and for a developer's eye: `__citywatch.overlay`. */

export type Way = 'webgl2' | 'canvas2d';

export interface OverlayCounters {
  /** How the couriers are drawn, and what lies below them. */
  readonly way: Way;
  readonly ground: 'maplibre' | 'canvas2d';
  /** Changes of the couriers that came, and those of which the newest was drawn. */
  received: number;
  drawn: number;
  /** Times that the couriers were drawn, those between two updates included. */
  frames: number;
  /** Time spent in our own code for them, ms. */
  scriptMs: number;
  /** Couriers slide between two updates at the moment. */
  sliding: boolean;
  slots: number;
  /** Times that zones, venues and lines were drawn, and the time it took, ms. */
  marks: number;
  marksMs: number;
  /** Lines of orders that are to be seen. */
  lines: number;
}

declare global {
  interface Window {
    __citywatch?: { overlay?: OverlayCounters };
  }
}

export function startCounters(ground: OverlayCounters['ground'], way: Way): OverlayCounters {
  const counters: OverlayCounters = {
    way,
    ground,
    received: 0,
    drawn: 0,
    frames: 0,
    scriptMs: 0,
    sliding: false,
    slots: 0,
    marks: 0,
    marksMs: 0,
    lines: 0,
  };
  window.__citywatch = { ...window.__citywatch, overlay: counters };
  return counters;
}
