/**
 * The orders behind what is selected on the map: asked for while it is selected, for a whole city's
 * orders are too many to be sent to every page. In a recorded day they are in the model.
 */

import { signal, type ReadonlySignal } from '@preact/signals';

import type { Order } from '../wire/types.ts';
import type { Pick } from './sources.ts';

/** What is asked of the API. */
export interface OrderSource {
  orders(city: string, query: Readonly<Record<string, string | number | boolean>>): Promise<{
    readonly items: readonly Order[];
  }>;
  order(city: string, id: string): Promise<Order>;
}

const EVERY_MS = 3_000;
const MOST = 300; // as many as are drawn

export class SelectedOrders {
  #orders: readonly Order[] = [];
  readonly #changed = signal(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #round = 0; // answers of an earlier one come too late

  constructor(private readonly source: OrderSource) {}

  get changed(): ReadonlySignal<number> {
    return this.#changed;
  }

  all(): readonly Order[] {
    return this.#orders;
  }

  /** Those behind `pick` of a city from now on; null: none. */
  show(city: string | null, pick: Pick | null): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.#put([]);
    if (city !== null && pick !== null) void this.#follow(city, pick, this.#round);
  }

  close(): void {
    this.show(null, null);
  }

  async #follow(city: string, pick: Pick, round: number): Promise<void> {
    try {
      const orders = await this.#ask(city, pick);
      if (round !== this.#round) return;
      this.#put(orders);
    } catch {
      // What is shown stays; the banner tells that the server can't be reached.
    }
    if (round !== this.#round) return;
    this.#timer = setTimeout(() => void this.#follow(city, pick, round), EVERY_MS);
  }

  async #ask(city: string, { kind, id }: Pick): Promise<readonly Order[]> {
    if (kind === 'order') return [await this.source.order(city, id)];
    return (await this.source.orders(city, { [kind]: id, open: true, limit: MOST })).items;
  }

  #put(orders: readonly Order[]): void {
    if (orders.length === 0 && this.#orders.length === 0) return;
    this.#orders = orders;
    this.#changed.value += 1;
  }
}
