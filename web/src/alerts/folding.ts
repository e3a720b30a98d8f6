/**
 * Many causes of one rule in one city as one fold, so that in a storm of them the others are seen.
 *
 * Pure. What shares a cause is `grouping.ts`', how rows are held still `steady.ts`'; the feed calls
 * both and this between them. What a fold looks like is `FoldCard.tsx`'.
 */

import type { Selection } from '../model/signals.ts';
import type { Alert, Severity } from '../wire/types.ts';
import { SEVERITIES, type Group } from './grouping.ts';
import type { Figure } from './reason.ts';

/** Up to so many cards of one rule are shown as they are. */
export const UNFOLDED_MOST = 5;
/** With so many or fewer a fold is cards again: between the two a wavering count changes nothing. */
export const UNFOLDED_AGAIN = 3;
const FOLDED_LEAST = 2; // a fold of one would only hide it
const WORST_SHOWN = 3;

/** A card of its own; `fold` is the open fold that it stands in. */
export interface Single {
  readonly kind: 'single';
  readonly key: string;
  readonly severity: Severity;
  readonly group: Group;
  readonly fold: string | null;
}

/** Several causes of a rule as one card, the most urgent first; open, their cards follow it. */
export interface Fold {
  readonly kind: 'fold';
  readonly key: string;
  readonly severity: Severity;
  readonly groups: readonly [Group, ...Group[]];
  readonly open: boolean;
}

export type Entry = Single | Fold;

/** What must stay as it is shown: cards that are not folded, folds, and what closed ones hold. */
export interface Still {
  /** The folds that were shown last, to be kept or not. */
  readonly were: ReadonlySet<string>;
  readonly cards: ReadonlySet<string>;
  readonly folds: ReadonlySet<string>;
  readonly folded: ReadonlySet<string>;
}

/**
 * What may not change of the rows on the screen: all of them while the list is `held`, else only
 * that the row in focus stays a row.
 */
export function stillOf(rows: readonly Entry[], held: boolean, focused: string | null): Still {
  const kept = held ? rows : rows.filter(({ key }) => key === focused);
  const folds = kept.filter((one) => one.kind === 'fold');
  const closed = held ? folds.filter((one) => !one.open) : [];
  return {
    were: new Set(rows.filter((one) => one.kind === 'fold').map(({ key }) => key)),
    cards: new Set(kept.filter((one) => one.kind === 'single').map(({ key }) => key)),
    folds: new Set(folds.map(({ key }) => key)),
    folded: new Set(closed.flatMap(({ groups }) => groups.map(({ key }) => key))),
  };
}

/** The fold that a cause belongs to if there are many. */
export function foldOf({ city, rule }: Group): string {
  return ['fold', city, rule].join(' ');
}

/** Whether a cause is never folded: somebody called `name` holds it, or it is looked at. */
export function isApart(group: Group, name: string | null, selected: Selection | null): boolean {
  const { alerts, city, place } = group;
  if (name !== null && alerts.some((alert) => alert.claimed_by === name)) return true;
  if (selected === null || selected.city !== city) return false;
  const { kind, id } = selected;
  if (kind === 'alert') return alerts.some((alert) => alert.id === id);
  if (kind === 'action') return alerts.some((alert) => alert.actions.includes(id));
  const isIt = (thing: Group['place']): boolean => thing.kind === kind && thing.id === id;
  return isIt(place) || alerts.some((alert) => isIt(alert.subject));
}

/**
 * The causes with those of a rule folded where they are more than `UNFOLDED_MOST`, and until they
 * are `UNFOLDED_AGAIN`, in the order that they come in: a fold stands where its first would. `open`
 * names the folds whose cards are shown, too. Taking one out of a fold (`apart`) never unfolds the
 * others.
 */
export function entriesOf(
  groups: readonly Group[],
  open: ReadonlySet<string>,
  apart: (group: Group) => boolean,
  still: Still,
): Entry[] {
  const all = new Map<string, Group[]>();
  for (const group of groups) {
    const known = all.get(foldOf(group));
    if (known === undefined) all.set(foldOf(group), [group]);
    else known.push(group);
  }
  const inside = new Map<string, ReadonlySet<Group>>();
  for (const [key, members] of all) {
    const isOpen = open.has(key);
    const isKept = still.folds.has(key);
    const folded = members.filter((group) => {
      if (isOpen) return !apart(group);
      return still.folded.has(group.key) || !(apart(group) || still.cards.has(group.key));
    });
    const most = still.were.has(key) ? UNFOLDED_AGAIN : UNFOLDED_MOST;
    const isMany = members.length > most && folded.length >= FOLDED_LEAST;
    if (isMany || (isKept && folded.length > 0)) inside.set(key, new Set(folded));
    // The last was taken out of an open one: its head must not go from above the cards.
    else if (isKept && isOpen) inside.set(key, new Set(members));
  }
  return groups.flatMap((group) => {
    const key = foldOf(group);
    const folded = inside.get(key);
    if (folded === undefined || !folded.has(group)) return [single(group, null)];
    const [first, ...others] = folded;
    if (group !== first) return []; // it was shown with the first
    const isOpen = open.has(key);
    const { severity } = group;
    const fold: Fold = { kind: 'fold', key, severity, groups: [group, ...others], open: isOpen };
    return isOpen ? [fold, ...[...folded].map((one) => single(one, key))] : [fold];
  });
}

/** The causes as they are, none folded. */
export function unfolded(groups: readonly Group[]): Entry[] {
  return groups.map((group) => single(group, null));
}

/** How many causes an entry tells of; of an open fold its cards tell. */
export function causesIn(entry: Entry): number {
  if (entry.kind === 'single') return 1;
  return entry.open ? 0 : entry.groups.length;
}

function single(group: Group, fold: string | null): Single {
  return { kind: 'single', key: group.key, severity: group.severity, group, fold };
}

/** How many of the causes are of each severity, and how many somebody saw, or holds. */
export interface Standing {
  readonly severities: Readonly<Record<Severity, number>>;
  readonly seen: number;
  readonly taken: number;
}

/** A cause of several alerts counts as seen or taken when all of them are. */
export function standingOf(groups: readonly Group[]): Standing {
  const severities = { critical: 0, warning: 0, info: 0 };
  for (const { severity } of groups) severities[severity] += 1;
  const count = (holds: (alert: Alert) => boolean): number =>
    groups.filter(({ alerts }) => alerts.every(holds)).length;
  return {
    severities,
    seen: count((alert) => alert.acked_by !== null),
    taken: count((alert) => alert.claimed_by !== null),
  };
}

/** A cause with the figure of its most urgent alert. */
export interface Bad {
  readonly group: Group;
  readonly figure: Figure;
}

/**
 * The worst few: the severer first, then those whose figure is the farthest above its limit. Of
 * `kept`, the keys of those that are shown and must not move, all that are left stand first.
 */
export function worstOf(
  groups: readonly Group[],
  figureOf: (alert: Alert) => Figure,
  kept: readonly string[],
): Bad[] {
  const placeOf = ({ key }: Group): number => {
    const at = kept.indexOf(key);
    return at < 0 ? kept.length : at;
  };
  return groups
    .map((group) => ({ group, figure: figureOf(group.alerts[0]) }))
    .sort(
      (a, b) =>
        placeOf(a.group) - placeOf(b.group) ||
        SEVERITIES.indexOf(a.group.severity) - SEVERITIES.indexOf(b.group.severity) ||
        excess(b.figure) - excess(a.figure),
    )
    .slice(0, WORST_SHOWN);
}

function excess({ value, limit }: Figure): number {
  return limit > 0 ? value / limit : value;
}
