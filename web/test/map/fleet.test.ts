import { beforeEach, describe, expect, test } from 'vitest';

import { ShownFleet, type FrameSource } from '../../src/map/fleet.ts';
import { SelectedOrders } from '../../src/map/selected_orders.ts';
import type { FrameHearer } from '../../src/model/session.ts';
import type { Order, Slots } from '../../src/wire/types.ts';
import { order } from './scenes.ts';

/** A session that writes down what it is asked. */
class Wire implements FrameSource {
  readonly asked: string[] = [];
  hearer: FrameHearer | null = null;

  look(id: string, { cities, layers, form }: Parameters<FrameSource['look']>[1]): void {
    this.asked.push(`look ${id} ${cities.join()} ${layers.join()} ${form}`);
  }
  lookAway(id: string): void {
    this.asked.push(`away ${id}`);
  }
  keyframe(slug: string): void {
    this.asked.push(`keyframe ${slug}`);
  }
  onFrames(hearer: FrameHearer): () => void {
    this.hearer = hearer;
    return () => (this.hearer = null);
  }
}

function slots(city: string, ids: (string | null)[]): Slots {
  return {
    type: 'slots',
    city,
    layer: 'couriers',
    handle: 7,
    whole: true,
    part: 1,
    parts: 1,
    gone: [],
    runs: [[0, ids]],
  };
}

/** The head of a delta that follows `base` of the city with handle 7. */
function delta(base: number): ArrayBuffer {
  const buffer = new ArrayBuffer(96);
  const head = new DataView(buffer);
  head.setUint32(0, 0x46435743, true);
  head.setUint8(4, 1);
  head.setUint8(5, 2);
  head.setUint32(8, 7, true);
  head.setUint32(16, base, true);
  return buffer;
}

describe('the fleet that is shown', () => {
  let wire: Wire;
  let fleet: ShownFleet;
  beforeEach(() => {
    wire = new Wire();
    fleet = new ShownFleet(wire);
  });

  test('another city is watched in place of the one before, and begins with nobody', () => {
    fleet.show('riga');
    wire.hearer?.slots(slots('riga', ['c1', 'c2']));
    expect(fleet.columns.slotOf('c2')).toBe(1);
    const before = fleet.changed.value;
    fleet.show('tallinn');
    fleet.show('tallinn');
    expect(fleet.columns.slotOf('c2')).toBe(-1);
    expect(fleet.changed.value).toBeGreaterThan(before);
    fleet.show(null);
    expect(wire.asked).toEqual([
      'look fleet riga couriers columns',
      'look fleet tallinn couriers columns',
      'away fleet',
    ]);
  });

  test('what is told of other cities changes nothing', () => {
    fleet.show('riga');
    const before = fleet.changed.value;
    wire.hearer?.slots(slots('tallinn', ['c1']));
    wire.hearer?.frame(new ArrayBuffer(4));
    expect(fleet.changed.value).toBe(before);
  });

  test('after a gap a keyframe is asked for, once', () => {
    fleet.show('riga');
    wire.hearer?.slots(slots('riga', ['c1']));
    for (let at = 0; at < 3; at++) wire.hearer?.frame(delta(99));
    expect(wire.asked.filter((asked) => asked.startsWith('keyframe'))).toEqual(['keyframe riga']);
  });

  test('closed, it hears nothing more', () => {
    fleet.show('riga');
    fleet.close();
    expect(wire.hearer).toBeNull();
  });
});

describe('orders of what is selected', () => {
  test('they are those of the latest selection, however late an earlier answer comes', async () => {
    const answers: ((orders: readonly Order[]) => void)[] = [];
    const queries: unknown[] = [];
    const orders = new SelectedOrders({
      orders: async (city, query) => {
        queries.push([city, query]);
        const items = await new Promise<readonly Order[]>((answer) => answers.push(answer));
        return { items };
      },
      order: (_, id) => Promise.resolve(order({ order_id: id })),
    });
    orders.show('riga', { kind: 'zone', id: 'centrs' });
    orders.show('riga', { kind: 'venue', id: 'v1' });
    answers[1]?.([order({ order_id: 'of-venue' })]);
    await Promise.resolve();
    answers[0]?.([order({ order_id: 'of-zone' })]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(orders.all().map((one) => one.order_id)).toEqual(['of-venue']);
    expect(queries).toEqual([
      ['riga', { zone: 'centrs', open: true, limit: 300 }],
      ['riga', { venue: 'v1', open: true, limit: 300 }],
    ]);
    orders.close();
    expect(orders.all()).toEqual([]);
  });

  test('an order that is selected is shown by itself, over or not', async () => {
    const orders = new SelectedOrders({
      orders: () => Promise.reject(new Error('not asked')),
      order: (_, id) => Promise.resolve(order({ order_id: id, open: false })),
    });
    orders.show('riga', { kind: 'order', id: 'o9' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(orders.all().map((one) => one.order_id)).toEqual(['o9']);
    orders.close();
  });
});
