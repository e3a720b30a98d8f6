/**
 * The couriers of a city from binary frames: columns straight from the bytes, and who is in a slot.
 *
 * docs/stream.md tells the format; `test/wire/frames.test.ts` holds this against frames that the
 * monitor's own encoder made. Numbers are little-endian, as is every machine a browser runs on.
 */

import type { Box, Slots } from './messages.ts';

/**
 * What came of a frame: `needs-keyframe`: it does not follow what is held, ask for a keyframe;
 * `ignored`: not a frame, of another version, or under a handle that is not (or no more) the city's.
 */
export type Outcome = 'applied' | 'needs-keyframe' | 'ignored';

const MAGIC = 0x46435743; // "CWCF"
const VERSION = 1;
const KEYFRAME = 1;
const DELTA = 2;
const HEAD_BYTES = 96;
const STEPS = 65_535; // from edge to edge of the box
const OLDEST = 255; // stages: an older fix is told as this old
const NO_STATE = -1; // no keyframe yet

/** The code of a status is in its three lowest bits; this one: nobody is in the slot. */
export const STATUS_BITS = 0b111;
export const EMPTY = 7;
/** Flags of a status: on shift but silent, carrying orders, no place known, beyond the box. */
export const SILENT = 8;
export const CARRYING = 16;
export const NO_PLACE = 32;
export const OUTSIDE = 64;

/** The handle of a frame, by which its city is known; null where it is no frame of ours. */
export function frameHandle(buffer: ArrayBuffer): number | null {
  if (buffer.byteLength < HEAD_BYTES) return null;
  const head = new DataView(buffer);
  if (head.getUint32(0, true) !== MAGIC || head.getUint8(4) !== VERSION) return null;
  return head.getUint32(8, true);
}

/** The arrays behind the head, one after the other, each at a multiple of 4. */
class Body {
  #at = HEAD_BYTES;
  constructor(readonly buffer: ArrayBuffer) {}

  u8(count: number): Uint8Array {
    return new Uint8Array(this.buffer, this.#take(count), count);
  }

  i8(count: number): Int8Array {
    return new Int8Array(this.buffer, this.#take(count), count);
  }

  u16(count: number): Uint16Array {
    return new Uint16Array(this.buffer, this.#take(2 * count), count);
  }

  u32(count: number): Uint32Array {
    return new Uint32Array(this.buffer, this.#take(4 * count), count);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += (bytes + 3) & ~3;
    return at;
  }
}

/**
 * The couriers of one city, a slot each. Columns are longer than `size` and are new arrays when they
 * grow: take them from here at each drawing.
 */
export class CourierColumns {
  x = new Uint16Array(256);
  y = new Uint16Array(256);
  status = new Uint8Array(256).fill(EMPTY);
  /** When he was there: server time in whole stages of `stageMs`; more than 255 ago means no more. */
  stage = new Int32Array(256);
  stageMs = 2_000;
  /** What 0 and 65535 stand for. */
  box: Box = [-180, -90, 180, 90];
  /** Slots in use, and empty ones among them, lie below this. */
  size = 0;
  /** Slots in use. */
  count = 0;
  /** The server's time of the last frame, ms. */
  ts = 0;
  /** Rises with every frame applied and every change of the slots. */
  revision = 0;
  /** 0 until the first `slots` message. */
  handle = 0;
  #seq = NO_STATE;
  #ids: (string | null)[] = [];
  readonly #slots = new Map<string, number>();
  #which = new Uint32Array(256);

  idAt(slot: number): string | null {
    return this.#ids[slot] ?? null;
  }

  slotOf(id: string): number {
    return this.#slots.get(id) ?? -1;
  }

  /** Degrees; what they say of a slot without a place is nothing. */
  lon(slot: number): number {
    const [west, , east] = this.box;
    return west + ((this.x[slot] ?? 0) / STEPS) * (east - west);
  }

  lat(slot: number): number {
    const [, south, , north] = this.box;
    return south + ((this.y[slot] ?? 0) / STEPS) * (north - south);
  }

  /** How old his fix is at a server time: whole stages, 255 for all that are older. */
  age(slot: number, nowMs: number): number {
    const age = Math.floor(nowMs / this.stageMs) - (this.stage[slot] ?? 0);
    return Math.min(Math.max(age, 0), OLDEST);
  }

  /** Couriers came and went, or (part 1 of a whole) everything begins anew. */
  slots(message: Slots): void {
    if (message.whole && message.part === 1) this.#begin(message.handle);
    if (message.handle !== this.handle) return;
    for (const slot of message.gone) this.#name(slot, null);
    for (const [first, ids] of message.runs) {
      ids.forEach((id, at) => this.#name(first + at, id));
    }
    this.revision += 1;
  }

  /** Takes in a frame. After `needs-keyframe` nothing is applied until a keyframe comes. */
  apply(buffer: ArrayBuffer): Outcome {
    if (this.handle === 0 || frameHandle(buffer) !== this.handle) return 'ignored';
    const head = new DataView(buffer);
    const kind = head.getUint8(5);
    if (kind !== KEYFRAME && kind !== DELTA) return 'ignored';
    if (kind === DELTA && head.getUint32(16, true) !== this.#seq) return 'needs-keyframe';
    const size = head.getUint32(20, true);
    this.stageMs = head.getUint32(28, true);
    this.ts = head.getFloat64(32, true);
    this.#grow(size);
    try {
      if (kind === KEYFRAME) this.#keyframe(new Body(buffer), head, size);
      else this.#delta(new Body(buffer), head, size);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#seq = NO_STATE; // cut short: what is held is half of it
      return 'needs-keyframe';
    }
    this.#seq = head.getUint32(12, true);
    this.count = head.getUint32(24, true);
    this.revision += 1;
    return 'applied';
  }

  #keyframe(body: Body, head: DataView, size: number): void {
    this.box = [40, 48, 56, 64].map((at) => head.getFloat64(at, true)) as unknown as Box;
    this.x.set(body.u16(size));
    this.y.set(body.u16(size));
    this.status.set(body.u8(size));
    this.#aged(body.u8(size), null);
    this.size = size;
  }

  /** The sections of a delta: jumps, far and near moves, statuses, fresh fixes, older fixes. */
  #delta(body: Body, head: DataView, size: number): void {
    const { x, y, status, stage } = this;
    const now = Math.floor(this.ts / this.stageMs);
    const listed = head.getUint16(6, true);
    this.size = size;
    for (let section = 0; section < 6; section += 1) {
      const count = head.getUint32(72 + 4 * section, true);
      if (count === 0) continue;
      const which = listed & (1 << section) ? body.u32(count) : this.#bits(body, size, count);
      switch (section) {
        case 0: {
          const xs = body.u16(count);
          const ys = body.u16(count);
          for (let at = 0; at < count; at += 1) {
            const slot = which[at]!;
            x[slot] = xs[at]!;
            y[slot] = ys[at]!;
          }
          break;
        }
        case 1: {
          const dx = body.i8(count);
          const dy = body.i8(count);
          for (let at = 0; at < count; at += 1) {
            const slot = which[at]!;
            x[slot]! += dx[at]!;
            y[slot]! += dy[at]!;
          }
          break;
        }
        case 2: {
          const both = body.u8(count);
          for (let at = 0; at < count; at += 1) {
            const slot = which[at]!;
            x[slot]! += (both[at]! << 28) >> 28; // four bits with a sign, the lower ones east
            y[slot]! += (both[at]! << 24) >> 28;
          }
          break;
        }
        case 3: {
          const statuses = body.u8(count);
          for (let at = 0; at < count; at += 1) status[which[at]!] = statuses[at]!;
          break;
        }
        case 4:
          for (let at = 0; at < count; at += 1) stage[which[at]!] = now;
          break;
        case 5:
          this.#aged(body.u8(count), which);
          break;
      }
    }
  }

  /** Notes when fixes were made from their ages at this frame; `which` null: all slots in turn. */
  #aged(ages: Uint8Array, which: Uint32Array | null): void {
    const now = Math.floor(this.ts / this.stageMs);
    const { stage } = this;
    for (let at = 0; at < ages.length; at += 1) {
      stage[which === null ? at : which[at]!] = now - ages[at]!;
    }
  }

  /** The slots of a bitmap, the lowest bit first. */
  #bits(body: Body, size: number, count: number): Uint32Array {
    const bytes = body.u8((size + 7) >> 3);
    const which = this.#which;
    let at = 0;
    for (let byte = 0; byte < bytes.length; byte += 1) {
      for (let bits = bytes[byte]!; bits !== 0; bits &= bits - 1) {
        which[at] = byte * 8 + 31 - Math.clz32(bits & -bits);
        at += 1;
      }
    }
    if (at !== count) throw new RangeError('a section with another number of slots than it says');
    return which;
  }

  #begin(handle: number): void {
    this.handle = handle;
    this.#seq = NO_STATE;
    this.size = 0;
    this.count = 0;
    this.#ids = [];
    this.#slots.clear();
    this.status.fill(EMPTY);
    for (const column of [this.x, this.y, this.stage]) column.fill(0);
  }

  #name(slot: number, id: string | null): void {
    const before = this.#ids[slot];
    if (before != null && this.#slots.get(before) === slot) this.#slots.delete(before);
    this.#ids[slot] = id;
    if (id !== null) this.#slots.set(id, slot);
  }

  /** Room for so many slots; the new ones are empty and their fixes older than any. */
  #grow(size: number): void {
    const had = this.status.length;
    if (size <= had) return;
    const length = Math.max(size, 2 * had);
    const grown = <T extends Uint8Array | Uint16Array | Int32Array | Uint32Array>(
      wider: T,
      column: T,
    ): T => {
      wider.set(column);
      return wider;
    };
    this.x = grown(new Uint16Array(length), this.x);
    this.y = grown(new Uint16Array(length), this.y);
    this.status = grown(new Uint8Array(length), this.status).fill(EMPTY, had);
    this.stage = grown(new Int32Array(length), this.stage);
    this.#which = grown(new Uint32Array(length), this.#which);
  }
}
