/** What the server says of its own doings, as sentences of the page. */

import { afterEach, expect, test } from 'vitest';

import { raisedBy, reasonToKeep } from '../../src/alerts/words.ts';
import { saidIn } from '../../src/alerts/said.ts';
import { isolate, speak } from '../../src/i18n/index.ts';
import { cityModel } from '../../src/model/signals.ts';
import type { Phrase, PhraseCode } from '../../src/wire/types.ts';
import { alert, zone } from '../support/things.ts';

afterEach(() => speak('en'));

const one = (code: PhraseCode, values: Phrase['values'] = {}): Phrase[] => [{ code, values }];

test('phrases are joined, and their values written as the language writes them', async () => {
  const came: Phrase[] = [
    ...one('accepted_of', { accepted: 2, asked: 5, moved: 1 }),
    ...one('recovered', { minutes: 4.26 }),
  ];
  expect(saidIn('riga', came)).toBe('2 of 5 said yes, 1 came; recovered after 4 min');
  await speak('lv');
  expect(saidIn('riga', came)).toBe('piekrita 2 no 5, ieradās 1; atguvās pēc 4 min');
});

test('a count takes its plural form in each language', async () => {
  await speak('ru');
  const called = (count: number) => saidIn('riga', one('called', { count, accepted: 0 }));
  expect(called(1)).toBe('В зону позвали 1 курьера: согласились 0');
  expect(called(5)).toBe('В зону позвали 5 курьеров: согласились 0');
  await speak('lv');
  expect(called(21)).toBe('Uz zonu aicināts 21 kurjers: piekrita 0');
  expect(called(3)).toBe('Uz zonu aicināti 3 kurjeri: piekrita 0');
});

test('why an alert was raised is told with its figure as it was then', () => {
  const words = saidIn('riga', raisedBy(alert('a', { value: 1.8, threshold: 1.5 })));
  expect(words).toBe('1.80 open orders for each courier (limit 1.50)');
  const late = alert('b', { cause: 'promise_passed', value: 12, threshold: 10 });
  expect(saidIn('riga', raisedBy(late))).toContain('12 min');
});

test('what stands in the way is told by its name', () => {
  expect(saidIn('riga', one('given_up', { why: 'budget_spent' }))).toBe(
    'given up: no more may be done this hour',
  );
});

test('in Persian ids keep their own direction', async () => {
  await speak('fa');
  expect(saidIn('riga', one('answered', { courier: 'c-7' }))).toContain(isolate('c-7'));
});

test('without phrases, or with one of a newer server, the sentence is left to the server', () => {
  expect(saidIn('riga', [])).toBeNull();
  const newer = { code: 'asked_the_moon', values: {} } as unknown as Phrase;
  expect(saidIn('riga', [...one('taken', { by: 'anna' }), newer])).toBeNull();
});

test('a reason that a person may write on bears no marks of direction', async () => {
  await speak('fa');
  const words = reasonToKeep(alert('a', { value: 1.8, threshold: 1.5 }));
  expect(words).toContain('۱٫۸۰');
  expect(words).not.toMatch(/[\u2066-\u2069]/);
});

test('a wait that raised a shortage is told as over once nobody waits', () => {
  const waited = alert('a', { cause: 'oldest_wait', value: 480, threshold: 300 });
  expect(reasonToKeep(waited)).toBe('An order has waited for 8 min (limit 5 min)');
  // In its zone, which the page knows by now, no order waits.
  cityModel('riga').zones.replace([zone({ waiting: 0, oldest_wait_s: 0 })]);
  expect(reasonToKeep(waited)).toBe('No order waits any more; one had waited for 8 min');
});
