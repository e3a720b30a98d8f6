/**
 * Having things done: commands over the stream, one after the other as fast as the server takes
 * them, and what became of each, told where it was pressed.
 *
 * Everything that acts in the page goes through `act`. `about` says where the answer is shown: an
 * alert's, an action's or a venue's id. The effect itself comes as the changed alert or action.
 */

import { signal } from '@preact/signals';

import { session } from '../model/session.ts';
import type { Outcome } from '../wire/client.ts';

const APART_MS = 210; // the server takes five commands a second
const KEPT = 50;

/** Refusals that nobody has put away yet, by what they are about. */
export const troubles = signal<ReadonlyMap<string, Outcome>>(new Map());
/** What has a command under way. */
export const underWay = signal<ReadonlySet<string>>(new Set());
let nextAt = 0;

/** Has `name` done about `about` in a city; what came of it is told there, and answered. */
export async function act(
  about: string,
  city: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Outcome> {
  underWay.value = new Set([...underWay.value, about]);
  const at = Math.max(Date.now(), nextAt);
  nextAt = at + APART_MS;
  if (at > Date.now()) await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
  const outcome = await session.command(name, { city, ...args });
  underWay.value = new Set([...underWay.value].filter((one) => one !== about));
  const others = [...troubles.value].filter(([one]) => one !== about);
  const told = outcome.ok ? [] : [[about, outcome] as const];
  troubles.value = new Map([...others, ...told].slice(-KEPT));
  return outcome;
}

/** A refusal was read. */
export function putAway(about: string): void {
  troubles.value = new Map([...troubles.value].filter(([one]) => one !== about));
}
