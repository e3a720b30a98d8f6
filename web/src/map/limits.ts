/**
 * The limits by which zones are coloured: those in force where and when the map looks, asked of the
 * server when another city is shown, when a window of the week begins or ends, when a recorded day is
 * wound to another hour, and now and again, for a configuration can be read anew.
 */

import { signal, type ReadonlySignal } from '@preact/signals';

import type { Limits, ShortageLimits } from '../wire/things.ts';
import { USUAL_LIMITS } from './pressure.ts';

const ANEW_MS = 5 * 60_000;
const APART_MS = 10_000; // after an answer that did not come

export class ShownLimits {
  readonly #limits = signal<Limits | null>(null);
  #askedAt = -Infinity;
  #round = 0; // answers of an earlier one come too late

  constructor(
    private readonly ask: (city: string, atTs: number) => Promise<Limits>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Null before the first answer: then what is usual holds. */
  get limits(): ReadonlySignal<Limits | null> {
    return this.#limits;
  }

  /** This city is looked at, and it is so late there; called each second. */
  look(city: string | null, nowMs: number): void {
    const known = this.#limits.peek();
    const isOther = known !== null && known.city !== city;
    if (isOther) this.#limits.value = null;
    if (city === null || (!isOther && !this.#isDue(known, nowMs))) return;
    this.#askedAt = this.clock();
    void this.#read(city, Math.floor(nowMs), ++this.#round);
  }

  #isDue(known: Limits | null, nowMs: number): boolean {
    const since = this.clock() - this.#askedAt;
    if (since < APART_MS) return false;
    if (known === null || since >= ANEW_MS) return true;
    return nowMs < known.at_ts || (known.until_ts !== null && nowMs >= known.until_ts);
  }

  async #read(city: string, atTs: number, round: number): Promise<void> {
    try {
      const found = await this.ask(city, atTs);
      if (round === this.#round) this.#limits.value = found;
    } catch {
      // What is known stays, and is asked for again; the banner tells of a server that is gone.
    }
  }
}

/** The limits of a zone. */
export function limitsOf(limits: Limits | null, zoneId: string): ShortageLimits {
  return limits?.zones[zoneId] ?? limits?.shortage ?? USUAL_LIMITS;
}
