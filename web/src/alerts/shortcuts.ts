/**
 * What keys do on alerts: move between cards, see, take, silence the one in focus. Which keys these
 * are is `ways/keys.ts`'.
 */

import { isLive, may } from '../model/signals.ts';
import { ask } from './dialogs.ts';
import { firing } from './Feed.tsx';
import { missed } from './FoldCard.tsx';
import { groupsOf, type Group } from './grouping.ts';
import { ackAll, claimAll } from './Marks.tsx';

const cards = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-card]')];

/** The card in focus, also when it is one of its buttons. */
function current(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-card]') ?? null;
}

/** Puts the focus on the next card (1) or the one before (-1); on the first where none has it. */
export function moveCard(towards: 1 | -1): void {
  const all = cards();
  const card = current();
  const at = card === null ? (towards === 1 ? 0 : all.length - 1) : all.indexOf(card) + towards;
  const next = all[Math.min(Math.max(at, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function group(): Group | null {
  const key = current()?.dataset['card'];
  if (key === undefined || !isLive.value || !may('watcher')) return null;
  const found = groupsOf(firing.value).find((one) => one.key === key) ?? null;
  missed.value = found === null ? key : null;
  return found;
}

export function ackCard(): void {
  const found = group();
  if (found !== null) ackAll(found.alerts);
}

export function claimCard(): void {
  const found = group();
  if (found !== null) claimAll(found.alerts);
}

export function silenceCard(): void {
  const found = group();
  if (found !== null) ask({ kind: 'silence', alerts: found.alerts });
}
