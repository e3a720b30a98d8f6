/**
 * The pointer and the key that chooses, over the ground: where it is, once a frame, and what was
 * clicked. A drag is no click; a finger does not hover.
 */

const CLICK_PX = 5;

export interface PointerEvents {
  /** The pointer is here, CSS pixels of the map; null: elsewhere. */
  over(at: readonly [number, number] | null): void;
  chosen(at: readonly [number, number]): void;
}

/** Follows `element` until `signal` ends it. */
export function followPointer(
  element: HTMLElement,
  events: PointerEvents,
  signal: AbortSignal,
): void {
  let pressed: readonly [number, number] | null = null;
  let latest: readonly [number, number] | null = null;
  let frame = 0;
  const tell = (): void => {
    frame = 0;
    events.over(latest);
  };
  const at = (event: MouseEvent): readonly [number, number] => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const follow = (point: readonly [number, number] | null): void => {
    latest = point;
    if (frame === 0) frame = requestAnimationFrame(tell);
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    hear: (event: HTMLElementEventMap[K]) => void,
  ): void => element.addEventListener(type, hear, { signal, passive: true });
  on('pointermove', (event) => {
    follow(event.pointerType === 'touch' || event.buttons !== 0 ? null : at(event));
  });
  on('pointerleave', () => follow(null));
  on('pointerdown', (event) => {
    pressed = event.isPrimary && event.button === 0 ? at(event) : null;
  });
  on('click', (event) => {
    const point = at(event);
    const [x, y] = pressed ?? point;
    pressed = null;
    if (Math.hypot(point[0] - x, point[1] - y) <= CLICK_PX) events.chosen(point);
  });
  on('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.altKey) return;
    events.chosen([element.clientWidth / 2, element.clientHeight / 2]);
  });
  signal.addEventListener('abort', () => cancelAnimationFrame(frame));
}
