/**
 * The replay as the page knows it: opened at a moment, played, left. While it is open the store
 * shows the recorded city in the place of the living ones; those are watched on, so that their
 * alerts sound and notices come.
 */

import { batch, effect, signal } from '@preact/signals';

import { session } from '../model/session.ts';
import type { CityModel } from '../model/city.ts';
import {
  cities,
  clock,
  living,
  livingFigures,
  recorded,
  recordedFigures,
  serverNow,
  shownCity,
} from '../model/signals.ts';
import { fleet } from '../map/connect.ts';
import { askedMoment } from '../ways/address.ts';
import {
  momentFrom,
  momentsOf,
  readChanges,
  readMarks,
  readRecording,
  readState,
  type Line,
  type Marks,
  type Recording,
} from './past.ts';
import { figuresOf } from './figures.ts';
import { Player, type Status } from './player.ts';
import { PastCity } from './stage.ts';

const AGAIN_MS = 5_000; // the end grows and marks are added
const BACK_MS = 10 * 60_000; // where it opens without a moment given
const FIGURES_MS = 1_000;
const END_LAG_MS = 3_000;

export const recording = signal<Recording | null>(null);
export const marks = signal<Marks | null>(null);
export const status = signal<Status | null>(null);
/** Why it could not be opened, null where it could. */
export const refusal = signal<'nothing' | 'no_city' | null>(null);
export const openFault = signal<unknown>(null);

let player: Player | null = null;
let timer: ReturnType<typeof setInterval> | undefined;

/** Opens the recorded day of the city looked at, at a moment or a little before now. */
export async function openReplay(at: number | null): Promise<void> {
  const slug = shownCity.peek() ?? onlyCity();
  const moment = at ?? serverNow.peek() - BACK_MS;
  askedMoment.value = null;
  leave();
  batch(() => {
    clock.value = { mode: 'replay', at: moment, speed: 1, playing: false };
    recorded.value = new Map();
    recordedFigures.value = [];
    status.value = null;
    refusal.value = slug === null ? 'no_city' : null;
    openFault.value = null;
  });
  if (slug === null) return;
  try {
    recording.value = await readRecording();
  } catch (fault) {
    openFault.value = fault;
    return;
  }
  const { enabled, from_ts, to_ts } = recording.value;
  if (clock.peek().mode !== 'replay') return; // he went back meanwhile
  if (!enabled || from_ts === null || to_ts === null) {
    refusal.value = 'nothing';
    return;
  }
  shownCity.value = slug;
  begin(slug, Math.min(Math.max(moment, from_ts), to_ts));
}

/** Drops all of it: the page shows what is. */
export function backToLive(): void {
  leave();
  batch(() => {
    clock.value = { mode: 'live' };
    recorded.value = null;
    status.value = null;
    marks.value = null;
    refusal.value = null;
    openFault.value = null;
    askedMoment.value = null;
  });
  session.lookAgain();
}

/** Opens what an address asks for, once there is a city; another city is another replay. */
export function followMoment(): void {
  effect(() => {
    const [at, isKnown] = [askedMoment.value, living.value.size > 0];
    if (at !== null && isKnown) queueMicrotask(() => void openReplay(at));
  });
  effect(() => {
    const slug = shownCity.value;
    const open = recorded.peek();
    if (open === null || slug === null || open.has(slug)) return;
    if (clock.peek().mode === 'replay') queueMicrotask(() => void openReplay(atNow()));
  });
}

export const play = (): void => player?.play();
export const pause = (): void => player?.pause();
export const setSpeed = (speed: number): void => player?.speed(speed);
export const seek = (ts: number): void => {
  const { from_ts, to_ts } = recording.peek() ?? {};
  if (from_ts == null || to_ts == null) return;
  void player?.seek(Math.min(Math.max(ts, from_ts), to_ts));
};

/** To the next change of an alert or action, or the one before. */
export function step(towards: 1 | -1): void {
  const known = marks.peek();
  if (known === null) return;
  const to = momentFrom(momentsOf(known), atNow(), towards);
  if (to !== null) seek(to);
}

function atNow(): number {
  const now = clock.peek();
  return now.mode === 'replay' ? now.at : serverNow.peek();
}

function onlyCity(): string | null {
  const slugs = [...cities.peek().keys()];
  return slugs.length === 1 ? (slugs[0] ?? null) : null;
}

function begin(slug: string, at: number): void {
  const past = new PastCity(slug, session);
  recorded.value = new Map([[slug, past.model]]);
  const world = {
    now: () => Date.now(),
    after: (ms: number, then: () => void) => {
      const waiting = setTimeout(then, ms);
      return () => clearTimeout(waiting);
    },
    state: (ts: number, giveUp: AbortSignal) => readState(slug, ts, giveUp) as AsyncIterable<Line>,
    changes: (from: number, to: number, every: number, giveUp: AbortSignal) =>
      readChanges(slug, from, to, every, giveUp) as AsyncIterable<Line>,
    // What was told last may not be written yet.
    end: () => (recording.peek()?.to_ts ?? 0) - END_LAG_MS,
  };
  const hearer = {
    begin: () => past.begin(),
    line: (line: Line) => past.take(line),
    status: (now: Status) =>
      batch(() => {
        status.value = now;
        const { at: moment, speed, playing } = now;
        clock.value = { mode: 'replay', at: moment, speed, playing };
        count(past.model, now);
      }),
  };
  player = new Player(world, hearer, at);
  void player.seek(at);
  void readAgain(slug);
  timer = setInterval(() => void readAgain(slug), AGAIN_MS);
}

let counted = { at: 0, loading: true };

/** The figures of then, once a second of ours. */
function count(model: CityModel, { at, loading }: Status): void {
  if (loading) {
    counted = { at: 0, loading };
    return; // what was, or half of what will be
  }
  const now = Date.now();
  if (now - counted.at < FIGURES_MS && loading === counted.loading) return;
  counted = { at: now, loading };
  const living = livingFigures.peek().find((one) => one.city === model.slug);
  const { name, timezone } = living ?? { name: model.slug, timezone: 'UTC' };
  recordedFigures.value = [figuresOf(model, { name, timezone }, fleet.columns, at)];
}

async function readAgain(slug: string): Promise<void> {
  try {
    const found = await readRecording();
    recording.value = found;
    if (found.from_ts === null || found.to_ts === null) return;
    marks.value = await readMarks(slug, found.from_ts, found.now_ts);
  } catch {
    // What is known stays; the player tells of what it lacks.
  }
}

function leave(): void {
  player?.stop();
  player = null;
  clearInterval(timer);
}
