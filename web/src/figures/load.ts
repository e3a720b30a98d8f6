/**
 * How much the watchers have to do, by the alerts of the last hour: read from the history once,
 * then from the stream's news.
 */

import { signal } from '@preact/signals';

import { duration } from '../i18n/format.ts';
import { session } from '../model/session.ts';
import { cities, figures, onAlertNews, serverNow } from '../model/signals.ts';
import { Responses, WINDOW_MS, type Load } from './responses.ts';

const MOST = 1000; // what one page of the history holds
const responses = new Responses();
/** Rises with what changes the load. */
const noted = signal(0);

export interface CityLoad extends Load {
  /** Who may act and watches the city now. */
  readonly people: number;
  /** Alerts in the last hour for each watcher, of whom there is at least one. */
  readonly each: number;
}

/** The load of a city in the last hour. Follows alerts and the clock. */
export function loadOf(city: string): CityLoad {
  void noted.value;
  const load = responses.load(city, serverNow.value);
  const people = figures.value.find((one) => one.city === city)?.watchers ?? 0;
  return { ...load, people, each: load.fired / Math.max(1, people) };
}

export function responseWords({ medianS }: Load): string {
  return medianS === null ? '–' : duration(medianS);
}

/** Takes note of alerts from now on; the answer ends it. */
export function startNoting(): () => void {
  const end = onAlertNews((news) => {
    for (const { alert } of news) responses.note(alert);
    noted.value += 1;
  });
  const read = new Set<string>();
  const stop = cities.subscribe((known) => {
    for (const slug of known.keys()) {
      if (read.has(slug)) continue;
      read.add(slug);
      void readHistory(slug);
    }
  });
  return () => {
    end();
    stop();
  };
}

async function readHistory(city: string): Promise<void> {
  const since = Math.round(serverNow.peek() - WINDOW_MS);
  try {
    for (const state of ['firing', 'resolved']) {
      const { items } = await session.api.alerts({ city, state, since, limit: MOST });
      for (const alert of items) responses.note(alert);
    }
  } catch {
    // Without the history the load counts from when the page was opened.
  }
  noted.value += 1;
}
