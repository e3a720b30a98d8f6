/**
 * Values that follow the store, read where they are shown: what did not change draws nothing.
 *
 * A zone's row is new ten times a second and a clock ticks every second; a component that reads
 * them through `useLive` is drawn again only when what it makes of them differs.
 */

import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';

/** A signal of what `make` reads; made anew when one of `inputs` changes. */
export function useLive<T>(make: () => T, inputs: readonly unknown[]): ReadonlySignal<T> {
  // `make` may read nothing but signals and `inputs`.
  return useMemo(() => computed(make), inputs);
}
