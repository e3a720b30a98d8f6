/** The way that was come to what is looked at, so that one can go back. Bounded. */

import { computed, signal } from '@preact/signals';

import { selection, type Selection } from '../model/signals.ts';

const KEPT = 30;
const way = signal<readonly Selection[]>([]);

export const canGoBack = computed(() => way.value.length > 1);

/** This is looked at now; nothing: the way ends. */
export function came(to: Selection | null): void {
  if (to === null) {
    way.value = [];
    return;
  }
  const last = way.value.at(-1);
  if (last !== undefined && same(last, to)) return;
  way.value = [...way.value, to].slice(-KEPT);
}

export function goBack(): void {
  const before = way.value.slice(0, -1);
  way.value = before;
  selection.value = before.at(-1) ?? null;
}

function same(a: Selection, b: Selection): boolean {
  return a.kind === b.kind && a.city === b.city && a.id === b.id;
}
