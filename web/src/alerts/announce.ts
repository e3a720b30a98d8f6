/**
 * What is said aloud of new alerts to those who do not see the page: seldom, and the worst first.
 *
 * Pure. News gather while the last words are still being read; muted alerts are not spoken of.
 */

import type { AlertNews } from '../model/city.ts';
import type { Alert } from '../wire/types.ts';
import { byUrgency, isMuted } from './grouping.ts';

/** Between two announcements; what is longer than this to read was too long. */
export const APART_MS = 6_000;

/** What there is to say: how many began, the worst of them, how many ended. */
export interface Announcement {
  readonly began: number;
  readonly worst: Alert | null;
  readonly ended: number;
}

export class Announcer {
  #began: Alert[] = [];
  #ended = 0;
  #spokeAt = -Infinity;

  note(news: readonly AlertNews[]): void {
    for (const { kind, alert } of news) {
      if (kind === 'ended') {
        const before = this.#began.length;
        this.#began = this.#began.filter(({ id }) => id !== alert.id);
        // Begun and ended unsaid: not worth a word.
        if (before === this.#began.length && !isMuted(alert)) this.#ended += 1;
      } else if ((kind === 'began' || kind === 'severity') && !isMuted(alert)) {
        this.#began = [...this.#began.filter(({ id }) => id !== alert.id), alert];
      }
    }
  }

  /** What is to be said at `now`; null where there is nothing, or it is too soon. */
  take(now: number): Announcement | null {
    const empty = this.#began.length === 0 && this.#ended === 0;
    if (empty || now - this.#spokeAt < APART_MS) return null;
    const said = {
      began: this.#began.length,
      worst: this.#began.toSorted(byUrgency)[0] ?? null,
      ended: this.#ended,
    };
    this.#began = [];
    this.#ended = 0;
    this.#spokeAt = now;
    return said;
  }
}
