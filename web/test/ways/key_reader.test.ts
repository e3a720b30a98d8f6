/** Single keys and pairs of them, on any keyboard. */

import { expect, test } from 'vitest';

import { CAPS, KEYS, Reader } from '../../src/ways/key_reader.ts';

test.each([
  ['j', 'KeyJ', 'j'],
  ['J', 'KeyJ', 'j'],
  ['/', 'Slash', 'slash'],
  ['?', 'Slash', 'question'],
  ['؟', 'Slash', 'question'],
  [' ', 'Space', 'space'],
  ['Escape', 'Escape', 'esc'],
  ['ф', 'KeyA', 'a'],
  ['ش', 'KeyA', 'a'],
  ['Enter', 'Enter', null],
  ['q', 'KeyQ', null],
  ['1', 'Digit1', null],
])('%s (%s) is %s', (key, code, name) => {
  expect(new Reader().read(key, code, 0)).toBe(name);
});

test('g and a letter soon after are a pair, and the letter is not read on its own', () => {
  const reader = new Reader();
  expect(reader.read('g', 'KeyG', 0)).toBeNull();
  expect(reader.read('a', 'KeyA', 500)).toBe('g_a');
  expect(reader.read('a', 'KeyA', 600)).toBe('a');
});

test('g is forgotten after a while, and after a letter that makes no pair', () => {
  const reader = new Reader();
  reader.read('g', 'KeyG', 0);
  expect(reader.read('a', 'KeyA', 5_000)).toBe('a');
  reader.read('g', 'KeyG', 6_000);
  expect(reader.read('j', 'KeyJ', 6_100)).toBeNull();
  expect(reader.read('j', 'KeyJ', 6_200)).toBe('j');
});

test('every key is drawn as it is pressed', () => {
  expect(KEYS.every((name) => CAPS[name].length > 0)).toBe(true);
});
