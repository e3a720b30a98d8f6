/** The couriers' frames as the monitor makes them (`tests/support/frame_fixture.py`), decoded. */

import { describe, expect, test } from 'vitest';

import { CourierColumns, EMPTY, frameHandle } from '../../src/wire/frames.ts';
import type { Slots } from '../../src/wire/messages.ts';
import fixture from './frames.fixture.json';

interface Step {
  readonly slots?: Slots;
  readonly what?: string;
  readonly frame?: string;
  readonly outcome?: string;
  readonly ts?: number;
  readonly size?: number;
  readonly count?: number;
  readonly held?: string;
  readonly ids?: readonly (string | null)[];
}

const steps = fixture as unknown as readonly Step[];

function bytes(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}

/** The columns after the first so many steps. */
function after(count: number): CourierColumns {
  const columns = new CourierColumns();
  for (const step of steps.slice(0, count)) {
    if (step.slots !== undefined) columns.slots(step.slots);
    if (step.frame !== undefined) columns.apply(bytes(step.frame));
  }
  return columns;
}

const frames = steps.map((step, at) => ({ ...step, at })).filter((step) => step.frame);

describe('frames of the monitor', () => {
  test.each(frames)('$what', (step) => {
    const columns = after(step.at);
    expect(columns.apply(bytes(step.frame!))).toBe(step.outcome);
    if (step.outcome !== 'applied') return;
    const size = step.size!;
    const held = bytes(step.held!);
    expect([columns.size, columns.count, columns.ts]).toEqual([size, step.count, step.ts]);
    expect(columns.x.slice(0, size)).toEqual(new Uint16Array(held, 0, size));
    expect(columns.y.slice(0, size)).toEqual(new Uint16Array(held, 2 * size, size));
    expect(columns.status.slice(0, size)).toEqual(new Uint8Array(held, 4 * size, size));
    const ages = Uint8Array.from({ length: size }, (_, slot) => columns.age(slot, columns.ts));
    expect(ages).toEqual(new Uint8Array(held, 5 * size, size));
    expect(Array.from({ length: size }, (_, slot) => columns.idAt(slot))).toEqual(step.ids);
    step.ids!.forEach((id, slot) => {
      if (id !== null) expect(columns.slotOf(id)).toBe(slot);
    });
  });

  test('the story has every kind of section, as lists and as bitmaps', () => {
    const seen = new Set<string>();
    for (const step of frames) {
      const head = new DataView(bytes(step.frame!));
      for (let section = 0; section < 6; section += 1) {
        if (head.getUint32(72 + 4 * section, true) === 0) continue;
        seen.add(`${section} ${head.getUint16(6, true) & (1 << section) ? 'list' : 'bitmap'}`);
      }
    }
    expect([...seen].filter((one) => one.endsWith('bitmap'))).toHaveLength(6);
    expect([...seen].some((one) => one.endsWith('list'))).toBe(true);
  });
});

describe('what is not applied', () => {
  const first = frames[0]!;

  test('anything before the slots are known, and what is no frame', () => {
    const columns = new CourierColumns();
    expect(columns.apply(bytes(first.frame!))).toBe('ignored');
    const known = after(first.at);
    expect(known.apply(new ArrayBuffer(3))).toBe('ignored');
    expect(known.apply(new ArrayBuffer(200))).toBe('ignored');
    const newer = bytes(first.frame!);
    new DataView(newer).setUint8(4, 2);
    expect(known.apply(newer)).toBe('ignored');
    expect(frameHandle(newer)).toBeNull();
  });

  test('a frame of another city', () => {
    const other = bytes(first.frame!);
    new DataView(other).setUint32(8, 77, true);
    expect(frameHandle(other)).toBe(77);
    expect(after(first.at).apply(other)).toBe('ignored');
  });

  test('a frame cut short, until the next keyframe', () => {
    const columns = after(first.at + 1);
    const second = frames[1]!;
    const cut = bytes(second.frame!).slice(0, 110);
    expect(columns.apply(cut)).toBe('needs-keyframe');
    expect(columns.apply(bytes(second.frame!))).toBe('needs-keyframe');
    expect(columns.apply(bytes(first.frame!))).toBe('applied');
  });

  test('a delta before any keyframe', () => {
    expect(after(first.at).apply(bytes(frames[1]!.frame!))).toBe('needs-keyframe');
  });
});

test('everything begins anew with a whole of the slots', () => {
  const columns = after(frames[0]!.at + 1);
  const known = columns.idAt(0)!;
  columns.slots({ ...steps[0]!.slots!, handle: 9, runs: [] });
  expect([columns.size, columns.count, columns.handle]).toEqual([0, 0, 9]);
  expect([columns.idAt(0), columns.slotOf(known)]).toEqual([null, -1]);
  expect(columns.status.every((status) => status === EMPTY)).toBe(true);
});

test('a place is where the box says', () => {
  const columns = after(frames[0]!.at + 1);
  expect(columns.lon(8)).toBeCloseTo(24.5, 9); // beyond the box: on its edge
  expect(columns.lat(8)).toBeCloseTo(56.75, 9);
});

test('20,000 couriers who all move 200 times are where they went', () => {
  const size = 20_000;
  const columns = new CourierColumns();
  columns.slots({ ...steps[0]!.slots!, runs: [] });
  const key = new ArrayBuffer(96 + 6 * size);
  new Uint8Array(key).set(new Uint8Array(bytes(frames[0]!.frame!), 0, 96));
  new DataView(key).setUint32(20, size, true);
  expect(columns.apply(key)).toBe('applied');
  const moved = new ArrayBuffer(96 + size / 8 + size);
  const head = new DataView(moved);
  new Uint8Array(moved).fill(0xff, 96, 96 + size / 8).fill(0x11, 96 + size / 8);
  new Uint8Array(moved).set(new Uint8Array(key, 0, 96));
  head.setUint8(5, 2);
  head.setUint32(80, size, true);
  for (let beat = 1; beat <= 200; beat += 1) {
    head.setUint32(16, beat, true);
    head.setUint32(12, beat + 1, true);
    expect(columns.apply(moved)).toBe('applied');
  }
  expect([columns.x[19_999], columns.y[0]]).toEqual([200, 200]);
});
