/**
 * Whether somebody is at the list now: a mouse over it or the focus in it, and moved or typed of
 * late; or a dialog that was opened from it. `steady.ts` says what then holds still.
 */

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, type MutableRef } from 'preact/hooks';

import { tick } from '../model/signals.ts';
import { asked } from './dialogs.ts';
import { isHeld } from './steady.ts';

/** Follows what happens at the element. */
export function useHold(list: MutableRef<HTMLElement | null>): ReadonlySignal<boolean> {
  const at = useMemo(() => signal({ over: false, focused: false, movedAt: 0 }), []);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const set = (change: { over?: boolean; focused?: boolean }): void => {
      const before = at.peek();
      const now = Date.now();
      const same = Object.entries(change).every(([k, v]) => before[k as 'over' | 'focused'] === v);
      // A moving mouse tells often; the hold is counted in seconds.
      if (same && now - before.movedAt < 1_000) return;
      at.value = { ...before, ...change, movedAt: now };
    };
    const isMouse = (event: PointerEvent): boolean => event.pointerType === 'mouse';
    const hear: readonly [string, (event: Event) => void][] = [
      ['pointerenter', (event) => isMouse(event as PointerEvent) && set({ over: true })],
      ['pointermove', (event) => isMouse(event as PointerEvent) && set({ over: true })],
      ['pointerleave', (event) => isMouse(event as PointerEvent) && set({ over: false })],
      ['focusin', () => set({ focused: true })],
      ['focusout', () => set({ focused: false })],
      ['keydown', () => set({})],
      ['wheel', () => set({})],
    ];
    for (const [name, hearer] of hear) element.addEventListener(name, hearer, { passive: true });
    return () => {
      for (const [name, hearer] of hear) element.removeEventListener(name, hearer);
    };
  }, []);
  return useMemo(
    () =>
      computed(() => {
        if (asked.value !== null) return true;
        const { over, focused, movedAt } = at.value;
        return isHeld({ atList: over || focused, movedAt }, Math.max(tick.value, movedAt));
      }),
    [],
  );
}
