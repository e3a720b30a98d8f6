import { expect, test } from 'vitest';

import { USUAL_LIMITS } from '../../src/map/pressure.ts';
import { zoneTip } from '../../src/map/tips.ts';
import { NOW, zone } from './scenes.ts';

test.each([
  [1, 0, 'with no courier only the wait counts'],
  [5, 4, 'with fewer than 5 couriers only the wait counts'],
])('of a zone that wants %i couriers and has %i it is told what counts', (least, there, words) => {
  const limits = { ...USUAL_LIMITS, min_on_shift: least };
  const tip = (on_shift: number) =>
    zoneTip(zone({ idle: on_shift, on_shift, ratio: 2 }), limits, false, NOW);
  expect(tip(there)).toContain(words);
  expect(tip(least)).not.toContain('only the wait counts');
});
