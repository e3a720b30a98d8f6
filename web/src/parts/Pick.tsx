/** The name of a zone, venue, order, courier, alert or action: press it to look at it. */

import { selection, type ThingKind } from '../model/signals.ts';

export interface PickProps {
  readonly kind: ThingKind;
  readonly city: string;
  readonly id: string;
  readonly name?: string;
}

export function Pick({ kind, city, id, name }: PickProps) {
  const now = selection.value;
  const isShown = now !== null && now.kind === kind && now.id === id && now.city === city;
  return (
    <button
      type="button"
      class="pick"
      aria-current={isShown ? 'true' : undefined}
      onClick={() => (selection.value = { kind, city, id })}
    >
      <bdi>{name ?? id}</bdi>
    </button>
  );
}
