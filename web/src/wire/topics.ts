/**
 * Which topics (a layer of a city) are watched, how far each is, and what a snapshot is made of.
 *
 * No I/O. It answers what to do with each message so that nothing is missing: a delta whose `prev`
 * lies beyond what is held means a gap; a snapshot counts once its last part is there; the position
 * to resume from moves on only while every topic is whole. Called by `client.ts`.
 */

import type { Box, Delta, Form, Layer, LayerItems, Position, Resumed, Snapshot } from './messages.ts';

/** What is watched under one id. */
export interface Watch {
  readonly cities: readonly string[];
  readonly layers: readonly Layer[];
  readonly box: Box | null;
  readonly form?: Form; // of the couriers; items where it is not said
}

interface Topic {
  readonly watch: string;
  seq: number;
  whole: boolean; // nothing is missing up to `seq`
  held: boolean; // it was whole once, so that it can be resumed
}

/** A whole snapshot of some layers of a city. */
export interface Whole {
  readonly city: string;
  readonly layers: LayerItems;
}

const keyOf = (city: string, layer: string): string => `${city} ${layer}`;

export class Topics {
  position: Position | null = null;
  readonly watches = new Map<string, Watch>();
  readonly #topics = new Map<string, Topic>();
  readonly #parts = new Map<string, { [layer: string]: unknown[] }>();
  #epoch = '';

  /** Whether all that is watched is held as it was at one `seq`. */
  get whole(): boolean {
    for (const topic of this.#topics.values()) if (!topic.whole) return false;
    return true;
  }

  /** Watch this under `id`; topics that another id holds pass over to it. */
  add(id: string, watch: Watch): void {
    this.remove(id);
    this.watches.set(id, watch);
    for (const city of watch.cities) {
      for (const layer of watch.layers) {
        if (layer === 'couriers' && watch.form === 'columns') continue; // frames have no seq of ours
        const held = this.#topics.get(keyOf(city, layer));
        this.#topics.set(keyOf(city, layer), {
          watch: id,
          seq: held?.seq ?? 0,
          whole: false,
          held: false,
        });
      }
    }
  }

  /** Ends what `id` still holds; whether it was watched. */
  remove(id: string): boolean {
    for (const [key, topic] of this.#topics) {
      if (topic.watch === id) this.#topics.delete(key);
    }
    return this.watches.delete(id);
  }

  /** Whether `id` needs a snapshot: it has topics of which there is nothing to resume. */
  isFresh(id: string): boolean {
    for (const topic of this.#topics.values()) if (topic.watch === id && !topic.held) return true;
    return false;
  }

  /** A connection begins anew in this life of the server; nothing is whole until it says so. */
  begin(epoch: string): void {
    const same = this.position?.epoch === epoch;
    this.#epoch = epoch;
    this.#parts.clear();
    for (const topic of this.#topics.values()) {
      topic.whole = false;
      topic.seq = same && this.position !== null ? Math.max(topic.seq, this.position.seq) : 0;
    }
  }

  /** The subscription `id` is asked for anew: its topics are not whole until it is answered. */
  restart(id: string): void {
    for (const topic of this.#topics.values()) {
      if (topic.watch === id) topic.whole = topic.held = false;
    }
  }

  /** A part of a snapshot; the whole once the last part is there, null before. */
  snapshot(message: Snapshot): Whole | null {
    const place = keyOf(message.city, message.id);
    const parts = message.part === 1 ? {} : (this.#parts.get(place) ?? {});
    this.#parts.set(place, parts);
    for (const [layer, items] of Object.entries(message.layers)) {
      // One by one: a spread of a hundred thousand items overflows the stack.
      const gathered = (parts[layer] ??= []);
      for (const item of items) gathered.push(item);
    }
    if (message.part < message.parts) return null;
    this.#parts.delete(place);
    for (const layer of Object.keys(parts)) this.#settle(message.city, layer, message.seq, true);
    this.#move(message.seq);
    return { city: message.city, layers: parts as LayerItems };
  }

  /** Nothing is missing in these layers. */
  resumed(message: Resumed): void {
    for (const layer of message.layers) this.#settle(message.city, layer, message.seq, false);
    this.#move(message.seq);
  }

  /**
   * What to do with a delta: `apply` it, `ignore` one that is held already or no longer watched,
   * or find that something is missing before it: then the subscription named is to be asked for
   * anew.
   */
  delta(message: Delta): { do: 'apply' } | { do: 'ignore' } | { do: 'refetch'; id: string } {
    const topic = this.#topics.get(keyOf(message.city, message.layer));
    if (topic === undefined || message.seq <= topic.seq) return { do: 'ignore' };
    if (message.prev > topic.seq && topic.whole) return { do: 'refetch', id: topic.watch };
    topic.seq = message.seq;
    this.#move(message.seq);
    return { do: 'apply' };
  }

  #settle(city: string, layer: string, seq: number, isSnapshot: boolean): void {
    const topic = this.#topics.get(keyOf(city, layer));
    if (topic === undefined || !(isSnapshot || topic.held)) return;
    topic.held = true;
    topic.whole = true;
    topic.seq = Math.max(topic.seq, seq);
  }

  #move(seq: number): void {
    if (!this.whole) return;
    const before = this.position?.epoch === this.#epoch ? this.position.seq : 0;
    this.position = { epoch: this.#epoch, seq: Math.max(before, seq) };
  }
}
