/**
 * The stream's client: one connection that comes back by itself, with nothing missed.
 *
 * A class without DOM: sockets, timers, the clock and chance are handed in. It says hello with the
 * position it holds, subscribes, finds gaps (`topics.ts`), answers commands with their results,
 * notices a silent server by pings of its own, and comes back with growing, jittered pauses. What
 * the messages mean for the picture is `model/`'s; it hears of them through `Listener`.
 */

import type {
  ClientMessage,
  Delta,
  LayerItems,
  Result,
  ServerMessage,
  Slots,
  SnapshotReason,
  Welcome,
} from './messages.ts';
import { Topics, type Watch } from './topics.ts';

/** What is used of a WebSocket. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string): void;
  close(): void;
}

/** What the client needs of the world. */
export interface World {
  connect(): Socket;
  now(): number;
  random(): number;
  /** Calls `then` once after `ms`; the answer takes it back. */
  after(ms: number, then: () => void): () => void;
}

export type ConnectionState = 'connecting' | 'live' | 'stale' | 'gone';

/**
 * How the connection is: `connecting` until everything watched is whole for the first time, `live`
 * while the server is heard, `stale` when it is not or something is not whole yet, `gone` while
 * there is no connection. `reason` names why it is gone; `retryAt` is null when it will not be tried
 * again: a `refused` page needs another token or another version.
 */
export interface Connection {
  readonly state: ConnectionState;
  readonly since: number;
  readonly heardAt: number | null;
  readonly retryAt: number | null;
  readonly reason: string | null;
  readonly refused: boolean;
}

/** Who hears what comes. Calls are in the order of the messages. */
export interface Listener {
  connection(connection: Connection): void;
  welcome(welcome: Welcome): void;
  snapshot(city: string, layers: LayerItems, reason: SnapshotReason, ts: number): void;
  delta(delta: Delta): void;
  slots(slots: Slots): void;
  binary(data: ArrayBuffer): void;
  heard(ts: number): void;
  refusal(code: string, message: string, id: string | null): void;
}

/** What came of a command; `lost`: the connection broke before an answer, look before trying again. */
export type Outcome = Omit<Result, 'type' | 'id'>;

const BEAT_MS = 2_500; // with nothing heard for so long the server is pinged
// Counted from an unanswered ping, not from the last word: timers of a hidden tab may ring but once
// a minute, and that is no silence of the server's.
const SILENT_MS = 5_000;
const DEAD_MS = 15_000; // the connection is broken, whatever the socket says
const OPEN_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 12_000; // the server gives up after 10 s
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const NO_USE = new Set(['unauthorized', 'unsupported_protocol', 'bad_messages', 'message_too_big']);

export class StreamClient {
  readonly topics = new Topics();
  readonly #world: World;
  readonly #listener: Listener;
  readonly #pending = new Map<string, { done(outcome: Outcome): void; cancel(): void }>();
  #token: string | null;
  #socket: Socket | null = null;
  #greeted = false;
  #everWhole = false;
  #connection: Connection;
  #pause = 0;
  #ids = 0;
  #closing: string | null = null;
  #pingedAt: number | null = null; // the ping that has had no answer
  #timers: { retry?: () => void; beat?: () => void } = {};
  #stopped = true;

  constructor(world: World, listener: Listener, token: string | null = null) {
    this.#world = world;
    this.#listener = listener;
    this.#token = token;
    this.#connection = {
      state: 'connecting',
      since: world.now(),
      heardAt: null,
      retryAt: null,
      reason: null,
      refused: false,
    };
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Connect, and stay connected until `stop`. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#open();
  }

  /** End the connection; commands under way are answered `lost`. */
  stop(): void {
    this.#stopped = true;
    this.#drop();
    this.#set({ state: 'gone', retryAt: null, reason: 'stopped' });
  }

  /** Try now (the watcher asked, or the network is back), whatever the pause would be. */
  retry(): void {
    if (this.#stopped || this.#socket !== null) return;
    this.#pause = 0;
    this.#open();
  }

  /** Another token; the connection is made anew with it. */
  signIn(token: string | null): void {
    this.#token = token;
    if (this.#stopped) return;
    this.#drop();
    this.#open();
  }

  /** What is held is void, as after another person signs in; what is watched stays. */
  forget(): void {
    const watches = [...this.topics.watches];
    this.topics.position = null;
    for (const [id] of watches) this.topics.remove(id);
    for (const [id, watch] of watches) this.topics.add(id, watch);
  }

  /** Watch this under `id`, in place of what `id` held; kept over lost connections. */
  watch(id: string, watch: Watch): void {
    this.topics.add(id, watch);
    if (this.#greeted) this.#subscribe(id);
    this.#judge();
  }

  /** Watch it no longer. */
  unwatch(id: string): void {
    const known = this.topics.remove(id);
    if (known && this.#greeted) this.#send({ type: 'unsubscribe', id });
    this.#judge();
  }

  /** Ask for a keyframe of a city's couriers, whose last frame did not apply. */
  keyframe(city: string): void {
    if (this.#greeted) this.#send({ type: 'keyframe', city, id: null });
  }

  /** Have something done; always answers, in time, and never rejects. */
  command(command: string, args: Readonly<Record<string, unknown>>): Promise<Outcome> {
    if (!this.#greeted) return Promise.resolve(refused('not_connected', 'there is no connection'));
    const id = `c${++this.#ids}`;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        cancel();
        this.#pending.delete(id);
        resolve(outcome);
      };
      const late = refused('timeout', 'no answer in time');
      const cancel = this.#world.after(ANSWER_WITHIN_MS, () => settle(late));
      this.#pending.set(id, { done: settle, cancel });
      this.#send({ type: 'command', id, command, args });
    });
  }

  // --- the connection

  #open(): void {
    this.#timers.retry?.();
    this.#closing = null;
    this.#set({ state: this.#everWhole ? 'gone' : 'connecting', retryAt: null, refused: false });
    const socket = this.#world.connect();
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    const opened = this.#world.now();
    socket.onopen = () => {
      const resume = this.topics.position;
      this.#send({ type: 'hello', protocol: 1, token: this.#token, resume });
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#lost(this.#closing ?? (event.reason || `${event.code}`));
    this.#beat(opened);
  }

  /** Every few seconds: ping, and see whether the server is still heard. */
  #beat(opened: number): void {
    this.#timers.beat?.();
    this.#timers.beat = this.#world.after(BEAT_MS, () => {
      const now = this.#world.now();
      if (!this.#greeted && now - opened > OPEN_WITHIN_MS) return this.#lost('no_answer');
      if (this.#unanswered() >= DEAD_MS) return this.#lost('silent');
      const quiet = now - (this.#connection.heardAt ?? 0) >= BEAT_MS;
      if (this.#greeted && quiet && this.#pingedAt === null) {
        this.#pingedAt = now;
        this.#send({ type: 'ping', id: null });
      }
      this.#judge();
      this.#beat(opened);
    });
  }

  /** For how long a ping has had no answer, ms. */
  #unanswered(): number {
    return this.#pingedAt === null ? 0 : this.#world.now() - this.#pingedAt;
  }

  #lost(reason: string): void {
    this.#drop();
    if (this.#stopped) return;
    if (NO_USE.has(reason)) {
      this.#set({ state: 'gone', reason, retryAt: null, refused: true });
      return;
    }
    // Jittered over the whole pause: a thousand pages must not return in one second.
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    const wait = this.#pause * (0.5 + this.#world.random());
    this.#set({ state: 'gone', reason, retryAt: this.#world.now() + wait });
    this.#timers.retry = this.#world.after(wait, () => this.#open());
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    this.#pingedAt = null;
    this.#timers.beat?.();
    this.#timers.retry?.();
    this.#timers = {};
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const { done } of [...this.#pending.values()]) {
      done(refused('lost', 'the connection broke before an answer'));
    }
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #subscribe(id: string): void {
    const watch = this.topics.watches.get(id);
    if (watch === undefined || watch.cities.length === 0 || watch.layers.length === 0) return;
    const { cities: city, layers, box: bbox, form = 'json' } = watch;
    const fresh = this.topics.isFresh(id);
    this.#send({ type: 'subscribe', id, city, layers, bbox, fresh, form });
  }

  // --- what comes

  #receive(data: unknown): void {
    this.#pingedAt = null;
    this.#set({ heardAt: this.#world.now() });
    if (typeof data === 'string') this.#take(JSON.parse(data) as ServerMessage);
    else if (data instanceof ArrayBuffer) this.#listener.binary(data);
    this.#judge();
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#greeted = true;
        this.topics.begin(message.epoch);
        this.#listener.heard(message.ts);
        this.#listener.welcome(message);
        for (const id of this.topics.watches.keys()) this.#subscribe(id);
        break;
      case 'snapshot': {
        const whole = this.topics.snapshot(message);
        this.#listener.heard(message.ts);
        if (whole === null) break;
        this.#listener.snapshot(whole.city, whole.layers, message.reason, message.ts);
        break;
      }
      case 'resumed':
        this.topics.resumed(message);
        this.#listener.heard(message.ts);
        break;
      case 'delta': {
        const verdict = this.topics.delta(message);
        if (verdict.do === 'apply') this.#listener.delta(message);
        if (verdict.do === 'refetch') {
          this.topics.restart(verdict.id);
          this.#subscribe(verdict.id);
        }
        this.#listener.heard(message.ts);
        break;
      }
      case 'slots':
        this.#listener.slots(message);
        break;
      case 'result': {
        const { ok, code, message: words, detail } = message;
        this.#pending.get(message.id)?.done({ ok, code, message: words, detail });
        break;
      }
      case 'error':
        if (NO_USE.has(message.code)) this.#closing = message.code;
        this.#pending.get(message.id ?? '')?.done(refused(message.code, message.message));
        // A subscription that is refused will never be whole, and must not hold up the others.
        this.topics.remove(message.id ?? '');
        this.#listener.refusal(message.code, message.message, message.id ?? null);
        break;
      case 'closing':
        this.#closing = message.reason;
        break;
      case 'pong':
        this.#listener.heard(message.ts);
        break;
    }
  }

  /** Whether what is shown is what is so. */
  #judge(): void {
    if (this.#socket === null || !this.#greeted) return;
    const quiet = this.#unanswered() >= SILENT_MS;
    if (this.topics.whole && !quiet) {
      this.#everWhole = true;
      this.#pause = 0;
      this.#set({ state: 'live', reason: null, retryAt: null });
    } else if (quiet) {
      this.#set({ state: 'stale', reason: 'silent' });
    } else if (this.#connection.state === 'gone' || this.#connection.state === 'connecting') {
      this.#set({ state: this.#everWhole ? 'stale' : 'connecting', reason: 'catching_up' });
    }
  }

  /** Tells of a change; of `heardAt` alone nobody is told, it changes with every message. */
  #set(change: Partial<Connection>): void {
    const before = this.#connection;
    const changed = change.state !== undefined && change.state !== before.state;
    const since = changed ? this.#world.now() : before.since;
    const after = { ...before, ...change, since };
    this.#connection = after;
    const told = (['state', 'retryAt', 'reason', 'refused'] as const).some(
      (name) => after[name] !== before[name],
    );
    if (told) this.#listener.connection(after);
  }
}

function refused(code: string, message: string): Outcome {
  return { ok: false, code, message, detail: null };
}
