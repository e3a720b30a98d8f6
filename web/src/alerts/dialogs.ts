/** Which dialog is open, and what it was opened for. What they look like is in `*Dialog.tsx`. */

import { signal } from '@preact/signals';

import type { Alert } from '../wire/types.ts';

/** What a dialog with one field of words is for; each is the command's own name. */
export type WordsAct = 'note' | 'close' | 'reject' | 'cancel' | 'resume';

export type Asked =
  | { readonly kind: 'silence'; readonly alerts: readonly [Alert, ...Alert[]] }
  | {
      readonly kind: 'push';
      readonly city: string;
      readonly of: 'zone' | 'order';
      readonly id: string;
    }
  | { readonly kind: 'pause'; readonly city: string; readonly venue: string }
  | {
      readonly kind: 'words';
      readonly act: WordsAct;
      readonly city: string;
      /** The id of what it is about, and its name. */
      readonly about: string;
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
    };

export const asked = signal<Asked | null>(null);

export function ask(what: Asked): void {
  asked.value = what;
}
