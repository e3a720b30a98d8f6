/**
 * What was before the page was opened: each city's last hour, and a zone's once it is shown, read
 * from the server once. When time has jumped, once more.
 */

import { useEffect } from 'preact/hooks';

import { session } from '../model/session.ts';
import { cities, clock } from '../model/signals.ts';
import type { Trend } from '../wire/types.ts';
import { FIGURES } from './city.ts';
import { cityKey, sampled, trails, zoneKey } from './keys.ts';

const asked = new Set<string>();

/** Reads the last hour of every city that is known. */
export function readPast(): void {
  for (const slug of cities.peek().keys()) {
    readOnce(cityKey(slug, 'open'), () => readCity(slug));
  }
}

/** Reads the last hour of a zone, because it is shown; of none where `id` is null. */
export function useZonePast(city: string, id: string | null): void {
  const at = sampled.value;
  useEffect(() => {
    if (id !== null) readOnce(zoneKey(city, id, 'ratio'), () => readZone(city, id));
  }, [city, id, at]);
}

/** All that was read is gone. */
export function forgetPast(): void {
  asked.clear();
}

/** Reads what goes before the samples of `key`, once there are any. */
function readOnce(key: string, read: () => Promise<void>): void {
  if (asked.has(key) || trails.of(key).length === 0 || clock.peek().mode !== 'live') return;
  asked.add(key);
  read().catch(() => {
    // Without the history, trends begin with the page.
  });
}

async function readCity(slug: string): Promise<void> {
  const trend = await session.api.trend(slug);
  for (const name of FIGURES) put(trend, name, cityKey(slug, name));
  sampled.value += 1;
}

async function readZone(city: string, id: string): Promise<void> {
  const trend = await session.api.trend(city, id);
  put(trend, 'ratio', zoneKey(city, id, 'ratio'));
  put(trend, 'oldest_wait_s', zoneKey(city, id, 'wait'));
  sampled.value += 1;
}

function put({ from_ts, figures }: Trend, name: string, key: string): void {
  const values = figures[name];
  if (values !== undefined) trails.fill(key, from_ts, values);
}
