/** Which of the two overlays draws the couriers here. */

import type { Dress } from './colours.ts';
import type { Way } from './counters.ts';
import { WebGlOverlay, type Overlay } from './overlay.ts';
import { CanvasOverlay } from './overlay2d.ts';

/** The couriers' canvas: a driver that gave the map a context may refuse the second one. */
export function overlayOf(dress: Dress, way: Way): Overlay {
  if (way === 'webgl2') {
    try {
      return new WebGlOverlay(dress);
    } catch (problem) {
      console.error('couriers without WebGL:', problem);
    }
  }
  return new CanvasOverlay(dress);
}
