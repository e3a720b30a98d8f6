/** What is typed into the search box, and what it means. */

import { describe, expect, test } from 'vitest';

import {
  factsOfCourier,
  factsOfOrder,
  factsOfZone,
  holds,
  meant,
} from '../../src/ways/matching.ts';
import { fold, parse, quoted, withTerm } from '../../src/ways/query.ts';
import { order, zone } from '../support/things.ts';

const names = { zone: (id: string) => (id === 'z1' ? 'Āgenskalns' : null), venue: () => null };

describe('reading', () => {
  test('fields, plain words, alternatives and denials are terms', () => {
    expect(parse('zone:Centrs,z2 -state:seen pizza').terms).toEqual([
      { kind: 'field', not: false, field: 'zone', values: ['centrs', 'z2'] },
      { kind: 'field', not: true, field: 'state', values: ['seen'] },
      { kind: 'word', not: false, text: 'pizza' },
    ]);
  });

  test('quotes keep spaces and commas together', () => {
    expect(parse('zone:"Old town, east" "two words"').terms).toEqual([
      { kind: 'field', not: false, field: 'zone', values: ['old town, east'] },
      { kind: 'word', not: false, text: 'two words' },
    ]);
  });

  test.each([
    ['late>5', '>', 5],
    ['late>=2.5min', '>=', 2.5],
    ['late<1,5', '<', 1.5],
    ['late:10', '>=', 10],
  ])('%s compares minutes', (text, than, minutes) => {
    expect(parse(text).terms).toEqual([{ kind: 'late', not: false, than, minutes }]);
  });

  test.each([
    ['area:x', 'unknown_field', 'area'],
    ['zone:', 'no_value', 'zone:'],
    ['late>soon', 'no_number', 'late>soon'],
    ['zone:"old', 'open_quote', 'zone:"old'],
  ])('%s is told as a fault and narrows nothing', (text, why, term) => {
    expect(parse(`${text}`)).toEqual({ terms: [], faults: [{ why, term }] });
  });

  test('a lone dash is a word', () => {
    expect(parse('-').terms).toEqual([{ kind: 'word', not: false, text: '-' }]);
  });

  test('letters are compared without their marks', () => {
    expect(fold('Āgenskalns')).toBe('agenskalns');
  });
});

describe('completing', () => {
  test('a suggestion takes the place of the term that is being typed', () => {
    expect(withTerm('late>5 zone:ce', 'zone:centrs')).toBe('late>5 zone:centrs');
    expect(withTerm('late>5 ', 'zone:centrs')).toBe('late>5 zone:centrs');
  });

  test('a value with spaces is quoted', () => {
    expect([quoted('centrs'), quoted('old town')]).toEqual(['centrs', '"old town"']);
  });
});

describe('meaning', () => {
  const late = order({ order_id: 'o1', zone_id: 'z1', state: 'ready', late_min: 7 });
  const is = (text: string): boolean => holds(parse(text), 'order', factsOfOrder(late, names));

  test.each([
    ['late>5', true],
    ['late>7', false],
    ['zone:agens', true],
    ['-zone:agens', false],
    ['state:placed,ready', true],
    ['state:placed', false],
    ['o1 zone:z1', true],
    ['o2', false],
  ])('%s: %s of an order seven minutes late', (text, meant) => {
    expect(is(text)).toBe(meant);
  });

  test('a term that can not speak of a kind does not narrow it', () => {
    const courier = { id: 'c1', status: 'idle', silent: false };
    expect(holds(parse('state:ready late>5'), 'courier', factsOfCourier(courier, names))).toBe(
      true,
    );
    expect(holds(parse('state:idle'), 'courier', factsOfCourier(courier, names))).toBe(true);
    expect(holds(parse('state:silent'), 'courier', factsOfCourier(courier, names))).toBe(false);
  });

  test('a word that no zone has is about something else, and dims no zone', () => {
    const rows = [
      zone({ zone_id: 'z1', name: 'Āgenskalns' }),
      zone({ zone_id: 'z2', name: 'Centrs' }),
    ];
    const of = (text: string) =>
      meant(parse(text), 'zone', rows, (one) => one.zone_id, factsOfZone);
    expect(of('pizza')).toBeNull();
    expect(of('centrs')).toEqual(new Set(['z2']));
    expect(of('zone:nowhere')).toEqual(new Set());
    expect(of('')).toBeNull();
  });
});
