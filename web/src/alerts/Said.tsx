/**
 * A sentence of the server in the watcher's language. What a person wrote, and what a newer server
 * says, is shown as it came.
 */

import type { Phrase } from '../wire/types.ts';
import { saidIn } from './said.ts';

interface SaidProps {
  readonly city: string;
  readonly said: readonly Phrase[];
  /** The same in English, or a person's words. */
  readonly words: string;
  readonly class?: string;
}

export function Said({ city, said, words, class: name }: SaidProps) {
  const sentence = saidIn(city, said);
  if (sentence === null && words === '') return null;
  if (sentence === null) {
    return (
      <span class={name} lang={said.length === 0 ? undefined : 'en'}>
        <bdi>{words}</bdi>
      </span>
    );
  }
  return (
    <span class={name}>
      {sentence}
      {isQuote(said) && (
        <span class="quiet" lang="en">
          {' '}
          <bdi>{words}</bdi>
        </span>
      )}
    </span>
  );
}

/** Whether the words say more than the phrases: what a client wrote stands in them. */
function isQuote(said: readonly Phrase[]): boolean {
  return said.some(({ code, values }) => code === 'cause' && values['cause'] === 'problem_reported');
}
