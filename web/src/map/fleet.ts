/**
 * The couriers of the city that is shown, from the binary frames of the stream or of a recorded day.
 *
 * One city at a time: its columns are watched while it is shown. Tables and search take couriers from
 * here, too, and leave the columns as they are.
 */

import { signal, type ReadonlySignal } from '@preact/signals';

import type { FrameHearer } from '../model/session.ts';
import { CourierColumns } from '../wire/frames.ts';
import type { Slots } from '../wire/types.ts';
import type { Watch } from '../wire/topics.ts';

/** What is asked of the session. */
export interface FrameSource {
  look(id: string, watch: Watch): void;
  lookAway(id: string): void;
  onFrames(hearer: FrameHearer): () => void;
  keyframe(slug: string): void;
}

const WATCH = 'fleet';

export class ShownFleet {
  columns = new CourierColumns();
  readonly #changed = signal(0);
  readonly #end: () => void;
  #slug: string | null = null;
  #asked = false; // a keyframe, and it has not come yet

  constructor(private readonly source: FrameSource) {
    this.#end = source.onFrames({
      slots: (message) => this.#slots(message),
      frame: (data) => this.#frame(data),
    });
  }

  /** Rises with every change of the columns, and when they are another city's. */
  get changed(): ReadonlySignal<number> {
    return this.#changed;
  }

  /** Watch the couriers of this city, null: of none. */
  show(slug: string | null): void {
    if (slug === this.#slug) return;
    this.#slug = slug;
    this.#asked = false;
    this.columns = new CourierColumns();
    this.#changed.value += 1;
    if (slug === null) this.source.lookAway(WATCH);
    else {
      this.source.look(WATCH, { cities: [slug], layers: ['couriers'], box: null, form: 'columns' });
    }
  }

  close(): void {
    this.show(null);
    this.#end();
  }

  #slots(message: Slots): void {
    if (message.city !== this.#slug) return;
    this.columns.slots(message);
    this.#changed.value += 1;
  }

  #frame(data: ArrayBuffer): void {
    const outcome = this.columns.apply(data);
    if (outcome === 'applied') {
      this.#asked = false;
      this.#changed.value += 1;
    } else if (outcome === 'needs-keyframe' && !this.#asked && this.#slug !== null) {
      this.#asked = true;
      this.source.keyframe(this.#slug);
    }
  }
}
