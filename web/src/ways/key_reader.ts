/** Which keys there are, and reading them one after the other. Pure; what they do is `keys.ts`'. */

/** Which keys there are, as the help tells of them; `g m` is one after the other. */
export const KEYS = [
  'j',
  'k',
  'a',
  'c',
  's',
  'space',
  'slash',
  'g_a',
  'g_m',
  'g_t',
  'g_d',
  'g_f',
  'question',
  'esc',
] as const;
export type KeyName = (typeof KEYS)[number];

/** What is written on a key. */
export const CAPS: Readonly<Record<KeyName, readonly string[]>> = {
  j: ['j'],
  k: ['k'],
  a: ['a'],
  c: ['c'],
  s: ['s'],
  space: ['␣'],
  slash: ['/'],
  g_a: ['g', 'a'],
  g_m: ['g', 'm'],
  g_t: ['g', 't'],
  g_d: ['g', 'd'],
  g_f: ['g', 'f'],
  question: ['?'],
  esc: ['Esc'],
};

const PAIR_MS = 1_500; // between the two keys of a pair

/** Reads keys one after the other: the name of what was pressed, null where it means nothing. */
export class Reader {
  #first: { key: string; at: number } | null = null;

  /** `key` and `code` as the browser names them: the letter, and where it lies on a keyboard. */
  read(key: string, code: string, at: number): KeyName | null {
    const first = this.#first !== null && at - this.#first.at <= PAIR_MS ? this.#first.key : null;
    this.#first = null;
    const letter = letterOf(key, code);
    if (first !== null) return KEYS.find((name) => name === `${first}_${letter}`) ?? null;
    if (letter === 'g') {
      this.#first = { key: letter, at };
      return null;
    }
    return KEYS.find((name) => name === letter) ?? null;
  }
}

/** On a keyboard of other letters (Cyrillic, Persian) a key counts by its place. */
function letterOf(key: string, code: string): string {
  if (key === ' ') return 'space';
  if (key === '/') return 'slash';
  if (key === '?' || key === '؟') return 'question';
  if (key === 'Escape') return 'esc';
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const isLetter = /^\p{L}$/u.test(key);
  return isLetter ? (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? '') : '';
}
