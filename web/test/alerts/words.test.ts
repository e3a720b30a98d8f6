/** What a watcher is told of what was pressed is no more than what is known. */

import { expect, test } from 'vitest';

import { troubleWords } from '../../src/alerts/words.ts';

const refused = (code: string) => troubleWords({ ok: false, code, message: '', detail: null });

test('what got no answer may have been done, what was refused was not', () => {
  expect(refused('timeout')).toMatch(/^Perhaps not done: no answer/);
  expect(refused('lost')).toMatch(/^Perhaps not done: the connection broke/);
  expect(refused('failed')).toMatch(/^Not done: /);
});
