/** The stream's client: what it sends, what it lets through, and how it comes back. */

import { describe, expect, test } from 'vitest';

import { StreamClient } from '../../src/wire/client.ts';
import type { Layer } from '../../src/wire/types.ts';
import { delta, FakeWorld, Heard, resumed, snapshot, welcome } from '../support/world.ts';

function begun(layers: Layer[] = ['zones', 'alerts']) {
  const world = new FakeWorld();
  const heard = new Heard();
  const client = new StreamClient(world, heard, 'secret');
  client.watch('all', { cities: ['riga'], layers, box: null });
  client.start();
  world.socket.onopen?.();
  return { world, heard, client };
}

function live(layers: Layer[] = ['zones', 'alerts']) {
  const scene = begun(layers);
  scene.world.socket.says(welcome());
  scene.world.socket.says(snapshot(10, Object.fromEntries(layers.map((layer) => [layer, []]))));
  return scene;
}

function reconnect(world: FakeWorld): void {
  world.socket.onclose?.({ code: 1006, reason: '' });
  world.pass(20_000);
  world.socket.onopen?.();
}

describe('a connection', () => {
  test('says hello with the token first, and subscribes once it is welcome', () => {
    const { world } = begun();
    expect(world.socket.sent).toEqual([
      { type: 'hello', protocol: 1, token: 'secret', resume: null },
    ]);
    world.socket.says(welcome());
    expect(world.socket.sentOf('subscribe')).toEqual([
      {
        type: 'subscribe',
        id: 'all',
        city: ['riga'],
        layers: ['zones', 'alerts'],
        bbox: null,
        fresh: true,
        form: 'json',
      },
    ]);
  });

  test('is live once everything watched is whole, and not before', () => {
    const { world, client } = begun();
    world.socket.says(welcome());
    expect(client.connection.state).toBe('connecting');
    world.socket.says(snapshot(10, { zones: [] }));
    expect(client.connection.state).toBe('connecting');
    world.socket.says(snapshot(11, { alerts: [] }));
    expect(client.connection.state).toBe('live');
  });

  test('is stale when the server is not heard, pings it, and is live again at its word', () => {
    const { world, client } = live();
    world.pass(7_500);
    expect(world.socket.sentOf('ping').length).toBeGreaterThan(0);
    expect(client.connection.state).toBe('stale');
    world.socket.says({ type: 'pong', ts: 0, id: null });
    expect(client.connection.state).toBe('live');
  });

  test('of a quiet city in a hidden tab, whose timers seldom ring, is not taken for silent', () => {
    const { world, client, heard } = live();
    const before = heard.connections.length;
    for (let minute = 0; minute < 5; minute += 1) {
      world.time += 60_000; // nothing rings meanwhile
      world.pass(0);
      expect(world.socket.sentOf('ping').length).toBe(minute + 1);
      world.socket.says({ type: 'pong', ts: 0, id: null });
    }
    expect(client.connection.state).toBe('live');
    expect(heard.connections.length).toBe(before);
  });

  test('that hears nothing for long is given up and made anew', () => {
    const { world, client } = live();
    const first = world.socket;
    world.pass(17_500);
    expect(first.closed).toBe(true);
    expect(client.connection).toMatchObject({ state: 'gone', reason: 'silent' });
    world.pass(20_000);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  test('that does not open in time is tried again', () => {
    const world = new FakeWorld();
    const client = new StreamClient(world, new Heard());
    client.start();
    world.pass(14_000);
    expect(client.connection.reason).toBe('no_answer');
    expect(world.sockets.length).toBe(2);
  });

  test('comes back after pauses that grow to fifteen seconds, half of them being chance', () => {
    const { world, client } = live();
    const pauses: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      world.socket.onclose?.({ code: 1006, reason: '' });
      pauses.push((client.connection.retryAt ?? 0) - world.now());
      world.pass(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test('is tried at once when the watcher asks', () => {
    const { world, client } = live();
    world.socket.onclose?.({ code: 1006, reason: '' });
    client.retry();
    expect(world.sockets.length).toBe(2);
    world.pass(600);
    expect(world.sockets.length).toBe(2);
  });

  test('that is refused is not tried again until there is another token', () => {
    const { world, client } = begun();
    world.socket.says({ type: 'error', code: 'unauthorized', message: 'not known' });
    world.socket.says({ type: 'closing', code: 4003, reason: 'unauthorized', message: '' });
    world.socket.onclose?.({ code: 4003, reason: '' });
    expect(client.connection).toMatchObject({ state: 'gone', refused: true, retryAt: null });
    world.pass(100_000);
    expect(world.sockets.length).toBe(1);
    client.signIn('another');
    world.socket.onopen?.();
    expect(world.socket.sentOf('hello')[0]?.token).toBe('another');
  });

  test('hands on couriers as columns, and does not wait for them to be live', () => {
    const { world, heard, client } = live();
    client.watch('moving', { cities: ['riga'], layers: ['couriers'], box: null, form: 'columns' });
    expect(world.socket.sentOf('subscribe').at(-1)).toMatchObject({ form: 'columns' });
    world.socket.says({ type: 'slots', city: 'riga', handle: 1, runs: [] });
    world.socket.onmessage?.({ data: new ArrayBuffer(8) });
    expect(heard.slotted.map(({ handle }) => handle)).toEqual([1]);
    expect(heard.frames.map((frame) => frame.byteLength)).toEqual([8]);
    client.keyframe('riga');
    expect(world.socket.sentOf('keyframe')).toEqual([{ type: 'keyframe', city: 'riga', id: null }]);
    world.socket.says(delta(11, 10));
    expect(client.topics.position).toEqual({ epoch: 'e1', seq: 11 });
  });
});

describe('what comes', () => {
  test('a snapshot in parts counts once its last part is there', () => {
    const { world, heard } = begun(['zones']);
    world.socket.says(welcome());
    world.socket.says(snapshot(10, { zones: [{ zone_id: 'a' }] }, { part: 1, parts: 2 }));
    expect(heard.snapshots).toEqual([]);
    world.socket.says(snapshot(10, { zones: [{ zone_id: 'b' }] }, { part: 2, parts: 2 }));
    expect(heard.snapshots).toEqual([
      { city: 'riga', layers: { zones: [{ zone_id: 'a' }, { zone_id: 'b' }] }, reason: 'new' },
    ]);
  });

  test('a delta is let through once', () => {
    const { world, heard } = live();
    world.socket.says(delta(11, 10));
    world.socket.says(delta(11, 10));
    world.socket.says(delta(9, 8));
    expect(heard.deltas.map((one) => one.seq)).toEqual([11]);
  });

  test('a delta that others came before unseen is a gap: the subscription is asked for anew', () => {
    const { world, heard, client } = live();
    world.socket.says(delta(15, 13));
    expect(heard.deltas).toEqual([]);
    expect(world.socket.sentOf('subscribe').at(-1)).toMatchObject({ id: 'all', fresh: true });
    expect(world.socket.sentOf('subscribe').length).toBe(2);
    world.socket.says(snapshot(16, { zones: [], alerts: [] }));
    world.socket.says(delta(17, 15));
    expect(heard.deltas.map((one) => one.seq)).toEqual([17]);
    expect(client.connection.state).toBe('live');
  });

  test('a slow client is sent deltas with a later seq and an older prev, and takes them', () => {
    const { world, heard } = live();
    world.socket.says(delta(30, 10));
    world.socket.says(delta(50, 30));
    expect(heard.deltas.map((one) => one.seq)).toEqual([30, 50]);
  });

  test('a refused subscription does not hold up the others', () => {
    const { world, client, heard } = live();
    client.watch('more', { cities: ['atlantis'], layers: ['orders'], box: null });
    world.socket.says({ type: 'error', code: 'unknown_city', message: 'no city', id: 'more' });
    expect(heard.refusals).toEqual(['unknown_city']);
    reconnect(world);
    world.socket.says(welcome('e2'));
    world.socket.says(snapshot(1, { zones: [], alerts: [] }, { reason: 'other_epoch' }));
    expect(client.connection.state).toBe('live');
  });

  test('a message of a type that is not known is ignored', () => {
    const { world, client } = live();
    world.socket.says({ type: 'fireworks', seq: 99 });
    expect(client.connection.state).toBe('live');
  });
});

describe('coming back', () => {
  test('resumes from the greatest seq at which all was whole', () => {
    const { world } = live();
    world.socket.says(delta(11, 10));
    world.socket.says(delta(12, 10, 'alerts'));
    reconnect(world);
    expect(world.socket.sentOf('hello')[0]?.resume).toEqual({ epoch: 'e1', seq: 12 });
    world.socket.says(welcome());
    expect(world.socket.sentOf('subscribe')[0]).toMatchObject({ fresh: false });
  });

  test('takes the deltas that were missed, and is live once all layers have resumed', () => {
    const { world, heard, client } = live();
    reconnect(world);
    world.socket.says(welcome());
    world.socket.says(delta(12, 10, 'alerts'));
    world.socket.says(resumed(14, 10, ['alerts']));
    expect(client.connection.state).toBe('stale');
    world.socket.says(resumed(14, 10, ['zones']));
    expect(client.connection.state).toBe('live');
    expect(heard.deltas.map((one) => one.seq)).toEqual([12]);
    expect(client.topics.position).toEqual({ epoch: 'e1', seq: 14 });
  });

  test('keeps the position while a layer is not whole', () => {
    const { world, client } = live();
    client.watch('orders', { cities: ['riga'], layers: ['orders'], box: null });
    world.socket.says(delta(20, 10));
    expect(client.topics.position).toEqual({ epoch: 'e1', seq: 10 });
    world.socket.says(snapshot(21, { orders: [] }, { id: 'orders' }));
    expect(client.topics.position).toEqual({ epoch: 'e1', seq: 21 });
  });

  test('asks for a layer whole of which it never had a snapshot', () => {
    const { world, client } = live();
    client.watch('orders', { cities: ['riga'], layers: ['orders'], box: null });
    reconnect(world);
    world.socket.says(welcome());
    const asked = world.socket.sentOf('subscribe').map(({ id, fresh }) => [id, fresh]);
    expect(asked).toEqual([
      ['all', false],
      ['orders', true],
    ]);
  });

  test('after a restart of the server begins with its snapshot and its own count', () => {
    const { world, heard, client } = live();
    world.socket.says(delta(500, 10));
    reconnect(world);
    world.socket.says(welcome('e2'));
    world.socket.says(snapshot(3, { zones: [], alerts: [] }, { reason: 'other_epoch' }));
    world.socket.says(delta(4, 3));
    expect(heard.snapshots.at(-1)?.reason).toBe('other_epoch');
    expect(heard.deltas.map((one) => one.seq)).toEqual([500, 4]);
    expect(client.topics.position).toEqual({ epoch: 'e2', seq: 4 });
  });

  test('a watch that moves its box is asked for whole', () => {
    const { world, client } = live(['venues']);
    client.watch('all', { cities: ['riga'], layers: ['venues'], box: [24, 56, 25, 57] });
    expect(world.socket.sentOf('subscribe').at(-1)).toMatchObject({
      bbox: [24, 56, 25, 57],
      fresh: true,
    });
  });

  test('what is unwatched is not asked for again', () => {
    const { world, client } = live();
    client.watch('orders', { cities: ['riga'], layers: ['orders'], box: null });
    client.unwatch('orders');
    expect(world.socket.sentOf('unsubscribe')).toEqual([{ type: 'unsubscribe', id: 'orders' }]);
    reconnect(world);
    world.socket.says(welcome());
    expect(world.socket.sentOf('subscribe').map(({ id }) => id)).toEqual(['all']);
  });
});

describe('a command', () => {
  const args = { city: 'riga', alert_id: 'a1' };

  test('is answered by its own result, a conflict with who was first', async () => {
    const { world, client } = live();
    const answers = [client.command('claim', args), client.command('ack', args)];
    const [claim, ack] = world.socket.sentOf('command');
    world.socket.says({
      type: 'result',
      id: ack?.id,
      ok: true,
      code: 'done',
      message: '',
      detail: null,
    });
    world.socket.says({
      type: 'result',
      id: claim?.id,
      ok: false,
      code: 'held_by_another',
      message: 'boris holds it',
      detail: { by: 'boris', since_ts: 5, id: null },
    });
    expect(await Promise.all(answers)).toEqual([
      {
        ok: false,
        code: 'held_by_another',
        message: 'boris holds it',
        detail: { by: 'boris', since_ts: 5, id: null },
      },
      { ok: true, code: 'done', message: '', detail: null },
    ]);
  });

  test('is answered `lost` when the connection breaks', async () => {
    const { world, client } = live();
    const answer = client.command('claim', args);
    world.socket.onclose?.({ code: 1006, reason: '' });
    expect((await answer).code).toBe('lost');
  });

  test('is answered `timeout` when the server does not', async () => {
    const { world, client } = live();
    const answer = client.command('claim', args);
    for (let second = 0; second < 13; second += 1) {
      world.pass(1_000);
      world.socket.says({ type: 'pong', ts: 0, id: null });
    }
    expect((await answer).code).toBe('timeout');
  });

  test('without a connection is answered at once and not kept for later', async () => {
    const { world, client } = begun();
    expect((await client.command('claim', args)).code).toBe('not_connected');
    world.socket.says(welcome());
    expect(world.socket.sentOf('command')).toEqual([]);
  });

  test('that the server can not read is answered with its reason', async () => {
    const { world, client } = live();
    const answer = client.command('claim', args);
    const id = world.socket.sentOf('command')[0]?.id;
    world.socket.says({ type: 'error', code: 'rate_limited', message: 'too many', id });
    expect((await answer).code).toBe('rate_limited');
  });
});
