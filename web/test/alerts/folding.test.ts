/** In a storm of one rule the other alerts are still seen, and nothing that matters is folded away. */

import { describe, expect, test } from 'vitest';

import {
  causesIn,
  entriesOf,
  isApart,
  standingOf,
  stillOf,
  unfolded,
  worstOf,
  type Entry,
} from '../../src/alerts/folding.ts';
import { groupsOf, type Group } from '../../src/alerts/grouping.ts';
import type { Alert } from '../../src/wire/types.ts';
import { alert } from '../support/things.ts';

const FOLD = 'fold riga zone_shortage';
const NONE = new Set<string>();
const NOBODY = (): boolean => false;
const MOVING = stillOf([], false, null);

/** A zone that is short, of its own cause. */
const short = (zone: string, more: Partial<Alert> = {}): Alert =>
  alert(zone, { subject: { kind: 'zone', id: zone }, about: { zone }, ...more });
const zones = (count: number, more: Partial<Alert> = {}): Alert[] =>
  Array.from({ length: count }, (_, n) => short(`z${n}`, { started_ts: n, ...more }));
const venue = alert('v', {
  rule: 'venue_silent',
  subject: { kind: 'venue', id: 'lido' },
  about: {},
  started_ts: 50,
});

/** What stands in the list: a fold by how many it holds, a card by its place. */
const seen = (entries: readonly Entry[]): (number | string)[] =>
  entries.map((one) => (one.kind === 'fold' ? one.groups.length : one.group.place.id));
const held = (ids: readonly string[]) => (group: Group): boolean => ids.includes(group.place.id);

describe('a fold', () => {
  test('is made of more than five cards of a rule, beside what else fires', () => {
    const five = entriesOf(groupsOf([...zones(5), venue]), NONE, NOBODY, MOVING);
    expect(seen(five)).toEqual(['z0', 'z1', 'z2', 'z3', 'z4', 'lido']);
    const six = entriesOf(groupsOf([...zones(6), venue]), NONE, NOBODY, MOVING);
    expect(seen(six)).toEqual([6, 'lido']);
  });

  test('stays until three are left, however their number wavers, and comes with the sixth', () => {
    let shown: Entry[] = [];
    const heads = [6, 5, 6, 4, 5, 3, 4, 5, 6].map((count) => {
      shown = entriesOf(groupsOf(zones(count)), NONE, NOBODY, stillOf(shown, false, null));
      return shown.length;
    });
    expect(heads).toEqual([1, 1, 1, 1, 1, 3, 4, 5, 1]);
  });

  test('is of one city', () => {
    const cities = [...zones(6), ...zones(6, { city: 'jelgava' })];
    expect(seen(entriesOf(groupsOf(cities), NONE, NOBODY, MOVING))).toEqual([6, 6]);
    const spread = [...zones(3), ...zones(3, { city: 'jelgava' })];
    expect(entriesOf(groupsOf(spread), NONE, NOBODY, MOVING)).toHaveLength(6);
  });

  test('stands where its worst card would', () => {
    const late = zones(7, { started_ts: 90 });
    expect(seen(entriesOf(groupsOf([...late, venue]), NONE, NOBODY, MOVING))).toEqual(['lido', 7]);
    const worse = [...late, short('z9', { severity: 'critical', started_ts: 99 }), venue];
    const [fold] = entriesOf(groupsOf(worse), NONE, NOBODY, MOVING);
    expect([fold?.kind, fold?.severity]).toEqual(['fold', 'critical']);
  });

  test('that is open has its cards below it', () => {
    const open = entriesOf(groupsOf([...zones(6), venue]), new Set([FOLD]), NOBODY, MOVING);
    expect(seen(open)).toEqual([6, 'z0', 'z1', 'z2', 'z3', 'z4', 'z5', 'lido']);
    expect(open.map(causesIn).reduce((a, b) => a + b)).toBe(7);
  });

  test('lets go of what somebody holds, and stays one until a single card is left in it', () => {
    const groups = groupsOf(zones(6));
    expect(seen(entriesOf(groups, NONE, held(['z2']), MOVING))).toEqual([5, 'z2']);
    const four = held(['z0', 'z1', 'z2', 'z3']);
    expect(seen(entriesOf(groups, NONE, four, MOVING))).toEqual(['z0', 'z1', 'z2', 'z3', 2]);
    const five = held(['z0', 'z1', 'z2', 'z3', 'z4']);
    expect(entriesOf(groups, NONE, five, MOVING).some((one) => one.kind === 'fold')).toBe(false);
  });
});

describe('while somebody is at the list', () => {
  test('cards that are shown are not folded away', () => {
    const shown = unfolded(groupsOf(zones(5)));
    const more = entriesOf(groupsOf(zones(7)), NONE, NOBODY, stillOf(shown, true, null));
    expect(seen(more)).toEqual(['z0', 'z1', 'z2', 'z3', 'z4', 2]);
  });

  test('a fold stays, and what is in it, as long as anything of it fires', () => {
    const still = stillOf(entriesOf(groupsOf(zones(6)), NONE, NOBODY, MOVING), true, null);
    expect(seen(entriesOf(groupsOf(zones(1)), NONE, held(['z0']), still))).toEqual([1]);
    expect(seen(entriesOf(groupsOf([venue]), NONE, NOBODY, still))).toEqual(['lido']);
  });

  test('the head of an open fold stays though all below it are taken', () => {
    const open = new Set([FOLD]);
    const groups = groupsOf(zones(6));
    const still = stillOf(entriesOf(groups, open, NOBODY, MOVING), true, null);
    expect(seen(entriesOf(groups, open, () => true, still))[0]).toBe(6);
  });
});

test('the card in focus is not folded away under the keyboard', () => {
  const shown = unfolded(groupsOf(zones(5)));
  const [first] = shown;
  const still = stillOf(shown, false, first?.key ?? null);
  expect(seen(entriesOf(groupsOf(zones(6)), NONE, NOBODY, still))).toEqual(['z0', 5]);
});

describe('apart stands', () => {
  const [mine] = groupsOf([short('centrs', { claimed_by: 'anna', actions: ['p1'] })]) as [Group];
  const look = (kind: 'zone' | 'alert' | 'action', id: string, city = 'riga') =>
    isApart(mine, null, { kind, city, id });

  test('what I hold, not what others hold', () => {
    expect([isApart(mine, 'anna', null), isApart(mine, 'boris', null)]).toEqual([true, false]);
    expect(isApart(mine, null, null)).toBe(false);
  });

  test('what is looked at, be it by its place, its alert or an action for it', () => {
    expect([look('zone', 'centrs'), look('alert', 'centrs'), look('action', 'p1')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([look('zone', 'teika'), look('zone', 'centrs', 'jelgava')]).toEqual([false, false]);
  });

  test('the cause whose order is looked at', () => {
    const [late] = groupsOf([
      alert('a', { rule: 'order_late', subject: { kind: 'order', id: 'o1' } }),
    ]) as [Group];
    expect(isApart(late, null, { kind: 'order', city: 'riga', id: 'o1' })).toBe(true);
  });
});

test('a fold counts its causes by severity, and those that are seen or taken', () => {
  const groups = groupsOf([
    short('a', { severity: 'critical', acked_by: 'anna' }),
    short('b', { claimed_by: 'boris', acked_by: 'boris' }),
    short('c'),
  ]);
  expect(standingOf(groups)).toEqual({
    severities: { critical: 1, warning: 2, info: 0 },
    seen: 2,
    taken: 1,
  });
});

describe('the worst', () => {
  const RATIOS: Readonly<Record<string, number>> = { a: 1.6, b: 3, c: 1.5, d: 4, e: 2 };
  const groups = groupsOf(
    Object.keys(RATIOS).map((id) => short(id, { severity: id === 'c' ? 'critical' : 'warning' })),
  );
  const ratio = ({ id }: Alert) => ({ unit: 'ratio', value: RATIOS[id] ?? 0, limit: 1 }) as const;
  const named = (kept: readonly string[]) =>
    worstOf(groups, ratio, kept).map(({ group }) => group.place.id);

  test('are three, the severer first, then those farthest above their limit', () => {
    expect(named([])).toEqual(['c', 'd', 'b']);
  });

  test('stay as they are named while somebody is about to press one', () => {
    const keyOf = (id: string): string =>
      groups.find((group) => group.place.id === id)?.key ?? '';
    expect(named([keyOf('a'), 'one that ended', keyOf('c')])).toEqual(['a', 'c', 'd']);
  });

  test('a wait and a ratio are compared by how far each is above its limit', () => {
    const figures = (one: Alert) =>
      one.id === 'a'
        ? ({ unit: 'seconds', value: 900, limit: 300 } as const)
        : ({ unit: 'ratio', value: 2, limit: 1 } as const);
    const two = groupsOf([short('a'), short('b')]);
    expect(worstOf(two, figures, [])[0]?.group.place.id).toBe('a');
  });
});
