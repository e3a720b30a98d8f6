/** A world for the stream's client without sockets and time: both move when the test says so. */

import type { Connection, Listener, Socket, World } from '../../src/wire/client.ts';
import type { ClientMessage, Delta, Layer, LayerItems, Slots } from '../../src/wire/types.ts';

export class FakeSocket implements Socket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: ClientMessage[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientMessage);
  }

  close(): void {
    this.closed = true;
  }

  /** The server says this. */
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** What the page sent of this type. */
  sentOf<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.sent.filter(
      (message): message is Extract<ClientMessage, { type: T }> => message.type === type,
    );
  }
}

export class FakeWorld implements World {
  time = 1_000_000;
  readonly sockets: FakeSocket[] = [];
  #timers = new Set<{ at: number; then: () => void }>();

  connect(): Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + ms, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Time goes by; timers ring in their order. */
  pass(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (due === undefined || due.at > until) break;
      this.#timers.delete(due);
      this.time = Math.max(this.time, due.at); // timers may ring late
      due.then();
    }
    this.time = until;
  }

  /** The connection made last. */
  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('no connection was made');
    return last;
  }
}

/** Remembers all that it hears. */
export class Heard implements Listener {
  readonly connections: Connection[] = [];
  readonly snapshots: { city: string; layers: LayerItems; reason: string }[] = [];
  readonly deltas: Delta[] = [];
  readonly frames: ArrayBuffer[] = [];
  readonly slotted: Slots[] = [];
  readonly refusals: string[] = [];

  connection(connection: Connection): void {
    this.connections.push(connection);
  }
  welcome(): void {}
  snapshot(city: string, layers: LayerItems, reason: string): void {
    this.snapshots.push({ city, layers, reason });
  }
  delta(delta: Delta): void {
    this.deltas.push(delta);
  }
  binary(data: ArrayBuffer): void {
    this.frames.push(data);
  }
  heard(): void {}
  slots(slots: Slots): void {
    this.slotted.push(slots);
  }
  refusal(code: string): void {
    this.refusals.push(code);
  }
}

export const welcome = (epoch = 'e1', seq = 0): object => ({
  type: 'welcome',
  server: 'citywatch',
  protocol: 1,
  epoch,
  seq,
  ts: 0,
  name: 'anna',
  role: 'watcher',
  cities: ['riga'],
  limits: {},
});

export const snapshot = (
  seq: number,
  layers: object,
  more: { reason?: string; part?: number; parts?: number; city?: string; id?: string } = {},
): object => ({
  type: 'snapshot',
  id: 'all',
  epoch: 'e1',
  seq,
  ts: 0,
  city: 'riga',
  reason: 'new',
  part: 1,
  parts: 1,
  layers,
  ...more,
});

export const delta = (
  seq: number,
  prev: number,
  layer: Layer = 'zones',
  items: object[] = [],
  gone: string[] = [],
): object => ({ type: 'delta', seq, prev, ts: 0, city: 'riga', layer, items, gone });

export const resumed = (seq: number, since: number, layers: Layer[]): object => ({
  type: 'resumed',
  id: 'all',
  epoch: 'e1',
  seq,
  ts: 0,
  city: 'riga',
  since,
  layers,
});
