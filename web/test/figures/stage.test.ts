/** Only the server knows which pause of a feed is a silence. */

import { expect, test } from 'vitest';

import { stageOf } from '../../src/figures/stage.ts';

const feed = (ageS: number | null, silent = false) => ({ ageS, silent });

test('a feed ages in stages', () => {
  const stages = [feed(1), feed(90), feed(4000)].map((one) => stageOf(one, 'live'));
  expect(stages).toEqual(['fresh', 'quiet', 'old']);
});

test('a silent feed is silent however young its last event', () => {
  expect(stageOf(feed(3, true), 'live')).toBe('silent');
});

test('nothing is known of any feed without a connection', () => {
  expect(stageOf(feed(1), 'gone')).toBe('unknown');
  expect(stageOf(feed(null), 'live')).toBe('none');
});
