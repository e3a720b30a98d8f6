/**
 * Plays a recorded day: a clock of its own, lines fetched a few seconds ahead of it and handed over
 * as it passes their time.
 *
 * A class without DOM: the clock, timers and the recording are handed in. What the lines mean is
 * `stage.ts`'; it hears of them through `Hearer`. One request at a time, in order; a seek gives up
 * what is under way.
 */

import type { Line } from './past.ts';

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const;

/** What the player needs of the world. */
export interface PlayerWorld {
  now(): number;
  /** Calls `then` once after `ms`; the answer takes it back. */
  after(ms: number, then: () => void): () => void;
  state(ts: number, signal: AbortSignal): AsyncIterable<Line>;
  changes(from: number, to: number, every: number, signal: AbortSignal): AsyncIterable<Line>;
  /** The end of what is recorded, as known now. */
  end(): number;
}

/** How playing stands. `fault`: why it went no further, null while it does. */
export interface Status {
  readonly at: number;
  readonly speed: number;
  readonly playing: boolean;
  /** What was asked for has not come yet. */
  readonly loading: boolean;
  readonly inGap: boolean;
  readonly atEnd: boolean;
  readonly notes: readonly string[];
  readonly fault: unknown;
}

export interface Hearer {
  /** All that was held is void: a state follows. */
  begin(): void;
  line(line: Line): void;
  status(status: Status): void;
}

const TURN_MS = 100;
const PIECE_MS = 4_000; // of the viewer's time
const PIECES = 2;
const LONGEST_MS = 3_600_000; // of then, in one request
const BEAT_MS = 250; // four beats a second at any speed

export class Player {
  readonly #world: PlayerWorld;
  readonly #hearer: Hearer;
  #status: Status;
  #queue: { readonly ts: number; readonly line: Line }[] = [];
  #fetchedTo: number | null = null; // all up to it has come
  #gap = false; // the clock is in one that was met while playing
  #under: AbortController | null = null;
  #began = { at: 0, now: 0 };
  #cancel: (() => void) | null = null;

  constructor(world: PlayerWorld, hearer: Hearer, at: number) {
    this.#world = world;
    this.#hearer = hearer;
    this.#status = {
      at,
      speed: 1,
      playing: false,
      loading: true,
      inGap: false,
      atEnd: false,
      notes: [],
      fault: null,
    };
  }

  get status(): Status {
    return this.#status;
  }

  /** Shows another moment, and goes on from there as before. */
  async seek(ts: number): Promise<void> {
    const under = this.#ask();
    this.#queue = [];
    this.#fetchedTo = null;
    this.#gap = false;
    this.#set({ at: ts, loading: true, fault: null, inGap: false, atEnd: false });
    try {
      let begun = false;
      for await (const line of this.#world.state(ts, under.signal)) {
        if (this.#under !== under) return;
        if (!begun) this.#hearer.begin();
        begun = true;
        this.#hand(line);
        if (line.type === 'until') this.#fetchedTo = ts;
      }
      if (this.#under !== under) return;
      this.#under = null;
      if (this.#fetchedTo === null) throw new Error('the answer was cut off');
      this.#rebase();
      this.#set({ loading: false });
      this.#turn();
    } catch (fault) {
      this.#failed(under, fault);
    }
  }

  play(): void {
    if (this.#status.playing) return;
    this.#set({ playing: true, atEnd: false });
    this.#rebase();
    if (this.#status.fault !== null) void this.seek(this.#status.at);
    else this.#turn();
  }

  pause(): void {
    this.#cancel?.();
    this.#set({ playing: false });
  }

  speed(speed: number): void {
    this.#set({ speed });
    this.#rebase();
  }

  /** Ends it: nothing more is fetched or told. */
  stop(): void {
    this.#under?.abort();
    this.#under = null;
    this.#cancel?.();
    this.#cancel = null;
    this.#queue = [];
  }

  /** The clock goes on from where it stands. */
  #rebase(): void {
    this.#began = { at: this.#status.at, now: this.#world.now() };
  }

  #ask(): AbortController {
    this.#under?.abort();
    return (this.#under = new AbortController());
  }

  /** Every tenth of a second: the clock moves, lines are handed over, more is fetched. */
  #turn(): void {
    this.#cancel?.();
    this.#cancel = null;
    const { playing, loading, fault, speed } = this.#status;
    const fetched = this.#fetchedTo;
    if (!playing || loading || fault !== null || fetched === null) return;
    const meant = this.#began.at + (this.#world.now() - this.#began.now) * speed;
    const at = Math.min(meant, fetched);
    while (this.#queue[0] !== undefined && this.#queue[0].ts <= at) {
      const next = this.#queue.shift();
      if (next !== undefined) this.#hand(next.line);
    }
    const atEnd = at >= this.#world.end();
    this.#set({ at, atEnd });
    if (at < meant) this.#rebase(); // it waits for what has not come
    this.#fetch();
    this.#cancel = this.#world.after(TURN_MS, () => this.#turn());
  }

  /** The next piece, if little is left and nothing is under way. */
  #fetch(): void {
    const { at, speed } = this.#status;
    const from = this.#fetchedTo;
    if (from === null || this.#under !== null) return;
    const piece = Math.min(PIECE_MS * speed, LONGEST_MS);
    if (from - at >= piece * (PIECES - 1)) return;
    const to = Math.min(from + piece, this.#world.end());
    if (to - from >= 1) void this.#read(from, to, Math.max(BEAT_MS, BEAT_MS * speed));
  }

  async #read(from: number, to: number, every: number): Promise<void> {
    const under = this.#ask();
    let ts = from;
    try {
      let whole = false;
      for await (const line of this.#world.changes(from, to, every, under.signal)) {
        if (this.#under !== under) return;
        ts = tsOf(line) ?? ts; // a frame comes with the beat before it
        this.#queue.push({ ts, line });
        whole ||= line.type === 'until';
      }
      if (this.#under !== under) return;
      this.#under = null;
      if (!whole) throw new Error('the answer was cut off');
      this.#fetchedTo = to;
    } catch (fault) {
      this.#failed(under, fault);
    }
  }

  #failed(under: AbortController, fault: unknown): void {
    if (this.#under !== under && this.#under !== null) return; // given up for another
    if (under.signal.aborted) return;
    this.#under = null;
    this.#cancel?.();
    this.#set({ loading: false, playing: false, fault });
  }

  #hand(line: Line): void {
    if (line.type === 'then') this.#set({ inGap: line.in_gap, notes: line.notes });
    else if (line.type === 'gap') {
      this.#gap = true;
      this.#set({ inGap: true, notes: line.notes });
    } else if (line.type === 'snapshot' && this.#gap) {
      this.#gap = false; // what comes after it
      this.#set({ inGap: false });
    }
    this.#hearer.line(line);
  }

  #set(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change };
    this.#hearer.status(this.#status);
  }
}

function tsOf(line: Line): number | null {
  if (line.type === 'gap') return line.from_ts;
  return 'ts' in line ? line.ts : null;
}
