/**
 * A recorded city on the page: its model, filled from the player's lines as the living one is from
 * the stream's messages. News of its alerts are told to nobody: they are old.
 */

import { batch } from '@preact/signals';

import { CityModel } from '../model/city.ts';
import type { LayerItems, Slots } from '../wire/types.ts';
import type { Line } from './past.ts';

/** Who takes the couriers' columns. */
export interface Columns {
  tellSlots(slots: Slots): void;
  tellFrame(data: ArrayBuffer): void;
}

export class PastCity {
  readonly model: CityModel;
  readonly #columns: Columns;
  #parts: { [layer: string]: unknown[] } = {};

  constructor(slug: string, columns: Columns) {
    this.model = new CityModel(slug, () => undefined);
    this.#columns = columns;
  }

  /** Another moment: what was known is void. */
  begin(): void {
    this.#parts = {};
    batch(() => (this.model.ended.value = []));
  }

  take(line: Line): void {
    switch (line.type) {
      case 'snapshot': {
        if (line.part === 1) this.#parts = {};
        for (const [layer, items] of Object.entries(line.layers)) {
          const gathered = (this.#parts[layer] ??= []);
          for (const item of items) gathered.push(item);
        }
        if (line.part < line.parts) break;
        this.model.snapshot(this.#parts as LayerItems, 'new');
        this.#parts = {};
        break;
      }
      case 'delta':
        this.model.delta(line);
        break;
      case 'slots':
        this.#columns.tellSlots(line);
        break;
      case 'frame':
        this.#columns.tellFrame(bytesOf(line.data));
        break;
      case 'then':
      case 'until':
      case 'gap':
        break;
    }
  }
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes.buffer;
}
