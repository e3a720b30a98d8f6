/** A recorded day is played as it was, at any speed, and never ahead of what has come. */

import { describe, expect, test } from 'vitest';

import { momentFrom, momentsOf, type Line, type Marks } from '../../src/replay/past.ts';
import { Player, type PlayerWorld, type Status } from '../../src/replay/player.ts';

const delta = (ts: number): Line => ({
  type: 'delta',
  seq: ts,
  prev: ts,
  ts,
  city: 'riga',
  layer: 'zones',
  items: [],
  gone: [],
});

/** A recording with a delta each second; time moves when the test says so. */
class Recorded implements PlayerWorld {
  time = 0;
  last = 100_000;
  broken = false;
  readonly asked: [number, number, number][] = [];
  #timers = new Set<{ at: number; then: () => void }>();

  now = (): number => this.time;
  end = (): number => this.last;

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + ms, then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  async *state(ts: number): AsyncGenerator<Line> {
    yield { type: 'then', ts, as_of_ts: ts, in_gap: false, notes: ['other zones'] };
    if (this.broken) return;
    yield { type: 'until', ts, events: 0 };
  }

  async *changes(from: number, to: number, every: number): AsyncGenerator<Line> {
    this.asked.push([from, to, every]);
    for (let ts = Math.floor(from / 1_000 + 1) * 1_000; ts <= to; ts += 1_000) yield delta(ts);
    if (this.broken) return;
    yield { type: 'until', ts: to, events: 0 };
  }

  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await settled();
      const due = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (due === undefined || due.at > until) break;
      this.#timers.delete(due);
      this.time = due.at;
      due.then();
    }
    this.time = until;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function playing(at = 10_000): {
  world: Recorded;
  player: Player;
  told: number[];
  now: () => Status;
} {
  const world = new Recorded();
  const told: number[] = [];
  const hearer = {
    begin: () => undefined,
    line: (line: Line) => line.type === 'delta' && void told.push(line.ts),
    status: () => undefined,
  };
  const player = new Player(world, hearer, at);
  void player.seek(at);
  return { world, player, told, now: () => player.status };
}

describe('playing', () => {
  test('stands still until it is played', async () => {
    const { world, told, now } = playing();
    await world.pass(5_000);
    expect([now().at, now().loading, told]).toEqual([10_000, false, []]);
    expect(now().notes).toEqual(['other zones']);
  });

  test.each([
    [1, 15_000, 250],
    [4, 30_000, 1_000],
    [0.25, 11_250, 250],
  ])('at %d× five seconds lead to %d, on a beat of %d ms', async (speed, at, every) => {
    const { world, player, now } = playing();
    await settled();
    player.speed(speed);
    player.play();
    await world.pass(5_000);
    expect(Math.abs(now().at - at)).toBeLessThanOrEqual(100 * speed);
    expect(world.asked[0]?.[2]).toBe(every);
  });

  test('hands each line over when its time has come, once and in order', async () => {
    const { world, player, told, now } = playing();
    await settled();
    player.play();
    await world.pass(20_000);
    const wanted = Array.from(
      { length: Math.floor(now().at / 1_000) - 10 },
      (_, i) => 11_000 + i * 1_000,
    );
    expect(told).toEqual(wanted);
  });

  test('asks for pieces that follow on each other', async () => {
    const { world, player } = playing();
    await settled();
    player.play();
    await world.pass(20_000);
    world.asked.slice(1).forEach(([from], at) => expect(from).toBe(world.asked[at]?.[1]));
  });

  test('a pause holds it, playing goes on from there', async () => {
    const { world, player, now } = playing();
    await settled();
    player.play();
    await world.pass(3_000);
    player.pause();
    const { at } = now();
    await world.pass(60_000);
    expect(now().at).toBe(at);
    player.play();
    await world.pass(1_000);
    expect(Math.abs(now().at - at - 1_000)).toBeLessThanOrEqual(100);
  });

  test('stops at the end of what is recorded, and goes on as it grows', async () => {
    const { world, player, now } = playing(98_000);
    await settled();
    player.play();
    await world.pass(5_000);
    expect([now().at, now().atEnd]).toEqual([100_000, true]);
    world.last = 200_000;
    await world.pass(5_000);
    expect(now().atEnd).toBe(false);
    expect(now().at).toBeGreaterThan(103_000);
  });

  test('a seek throws away what was fetched', async () => {
    const { world, player, told, now } = playing();
    await settled();
    player.play();
    await world.pass(3_000);
    told.length = 0;
    void player.seek(50_000);
    await world.pass(2_050);
    expect(told).toEqual([51_000, 52_000]);
    expect(now().playing).toBe(true);
  });

  test('an answer that is cut off is told, and playing asks again', async () => {
    const { world, player, now } = playing();
    await settled();
    world.broken = true;
    player.play();
    await world.pass(1_000);
    expect([now().playing, now().fault instanceof Error]).toEqual([false, true]);
    world.broken = false;
    player.play();
    await world.pass(3_000);
    expect([now().playing, now().fault]).toEqual([true, null]);
    expect(now().at).toBeGreaterThan(12_000);
  });
});

describe('steps', () => {
  const marks = {
    from_ts: 0,
    to_ts: 9_000,
    whole_from_ts: null,
    alerts: [{ fired_ts: 1_000, resolved_ts: 5_000, acked_ts: null }],
    actions: [
      {
        steps: [
          [1_000, 'approved'],
          [3_000, 'sent'],
        ],
      },
    ],
  } as unknown as Marks;

  test('every beginning, end and step is a moment, once', () => {
    expect(momentsOf(marks)).toEqual([1_000, 3_000, 5_000]);
  });

  test('the next change lies ahead, the one before behind, and past the last there is none', () => {
    const moments = momentsOf(marks);
    expect(momentFrom(moments, 3_000, 1)).toBe(5_000);
    expect(momentFrom(moments, 3_000, -1)).toBe(1_000);
    expect(momentFrom(moments, 5_000, 1)).toBeNull();
  });
});
