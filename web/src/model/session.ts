/**
 * The page's session with the server: learns where the stream is, watches the cities, polls figures,
 * and has things done. It ties `wire/` to the store and is the only one that writes what the server
 * tells.
 */

import { batch } from '@preact/signals';

import { Api, ApiProblem } from '../wire/api.ts';
import { StreamClient, type Listener, type Outcome, type Socket } from '../wire/client.ts';
import type { Watch } from '../wire/topics.ts';
import type { Layer, Slots, Welcome } from '../wire/types.ts';
import {
  clockOffset,
  connection,
  living,
  livingCity,
  livingFigures,
  me,
  onAlertNews,
  page,
  recorded,
  shownCity,
  signInNeeded,
  tick,
} from './signals.ts';

const FIGURES_EVERY_MS = 2_000;
const PAGE_RETRY_MS = 3_000;
const TOKEN = 'citywatch.token';
/** What is watched of every city; orders and couriers by what is looked at (`look`). */
const ALWAYS: readonly Layer[] = ['zones', 'alerts', 'actions', 'venues'];

/** Who takes the couriers' columns: `frames.ts` decodes them. */
export interface FrameHearer {
  slots(slots: Slots): void;
  frame(data: ArrayBuffer): void;
}

export class Session {
  readonly api = new Api('', storedToken());
  readonly #frames = new Set<FrameHearer>();
  readonly #looks = new Map<string, Watch>(); // also those of before there is a connection
  #stream: StreamClient | null = null;

  /** Learn of the server, then connect; tries until there is an answer. */
  async start(): Promise<void> {
    setInterval(() => (tick.value = Date.now()), 1_000);
    addEventListener('online', () => this.#stream?.retry());
    onAlertNews((news) => {
      for (const { kind, alert } of news) if (kind === 'missed') void this.#lookUp(alert.id);
    });
    for (;;) {
      try {
        page.value = await this.api.page();
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PAGE_RETRY_MS));
      }
    }
    if (page.value.sign_in && this.api.token === null) signInNeeded.value = true;
    this.#connect();
    void this.#poll();
  }

  /**
   * Sign in with a token, kept until the browser is closed, or longer if it is to be remembered.
   * The connection is made anew; what another person was shown is forgotten.
   */
  signIn(token: string, remember = false): void {
    storeToken(token, remember);
    this.#begin(token);
  }

  /** Sign out: nothing is kept, nothing is shown. */
  signOut(): void {
    storeToken(null, false);
    this.#begin(null);
    signInNeeded.value = true;
  }

  #begin(token: string | null): void {
    this.api.token = token;
    batch(() => {
      living.value = new Map();
      livingFigures.value = [];
      me.value = null;
      signInNeeded.value = false;
    });
    this.#stream?.forget();
    this.#stream?.signIn(token);
    if (token !== null) this.#stream?.start(); // it waited for one
  }

  /** Try to connect now. */
  retry(): void {
    this.#stream?.retry();
  }

  /** Watch more of a city under `id` (its orders, its couriers), within a box or all of it. */
  look(id: string, watch: Watch): void {
    this.#looks.set(id, watch);
    this.#stream?.watch(id, watch);
  }

  /** Watch it no longer; what is held stays as it was. */
  lookAway(id: string): void {
    this.#looks.delete(id);
    this.#stream?.unwatch(id);
  }

  /** Have something done in a city; answers with what came of it, a refusal included. */
  command(name: string, args: Readonly<Record<string, unknown>>): Promise<Outcome> {
    if (this.#stream !== null) return this.#stream.command(name, args);
    const message = 'there is no connection';
    return Promise.resolve({ ok: false, code: 'not_connected', message, detail: null });
  }

  /** Tells `hearer` of the couriers' frames and slots in their order; the answer ends it. */
  onFrames(hearer: FrameHearer): () => void {
    this.#frames.add(hearer);
    return () => this.#frames.delete(hearer);
  }

  /** Ask for a keyframe of a city's couriers. */
  keyframe(slug: string): void {
    if (recorded.value === null) this.#stream?.keyframe(slug);
  }

  /** Slots for whoever hears frames: the stream's, or those of a recorded day. */
  tellSlots(slots: Slots): void {
    for (const hearer of this.#frames) hearer.slots(slots);
  }

  /** A frame for whoever hears them: the stream's, or one of a recorded day. */
  tellFrame(data: ArrayBuffer): void {
    for (const hearer of this.#frames) hearer.frame(data);
  }

  /** Back from a recorded day: what is looked at is asked for anew. */
  lookAgain(): void {
    for (const [id, watch] of this.#looks) this.#stream?.watch(id, watch);
  }

  #connect(): void {
    const info = page.value;
    if (info === null) return;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const here = `${scheme}://${location.hostname}:${info.stream_port}/v1/stream`;
    const url = info.stream_url ?? here;
    const world = {
      connect: () => new WebSocket(url) as unknown as Socket,
      now: () => Date.now(),
      random: () => Math.random(),
      after: (ms: number, then: () => void) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    };
    this.#stream = new StreamClient(world, this.#listener(), this.api.token);
    for (const [id, watch] of this.#looks) this.#stream.watch(id, watch);
    if (!signInNeeded.value) this.#stream.start();
  }

  #listener(): Listener {
    return {
      connection: (now) => {
        connection.value = now;
        if (now.refused && now.reason === 'unauthorized') signInNeeded.value = true;
      },
      welcome: (welcome) => this.#welcome(welcome),
      snapshot: (city, layers, reason) => livingCity(city).snapshot(layers, reason),
      delta: (delta) => livingCity(delta.city).delta(delta),
      // Of now they are not looked at while a recorded day is shown.
      slots: (slots) => recorded.value === null && this.tellSlots(slots),
      binary: (data) => recorded.value === null && this.tellFrame(data),
      heard: (ts) => {
        const offset = ts - Date.now();
        // Small wobbles are the network's: following them would make every age tremble.
        if (Math.abs(offset - clockOffset.value) > 250) clockOffset.value = offset;
      },
      refusal: (code, message) => console.warn(`the stream refused a message: ${code}: ${message}`),
    };
  }

  #welcome(welcome: Welcome): void {
    batch(() => {
      me.value = { name: welcome.name, role: welcome.role, cities: welcome.cities };
      signInNeeded.value = false;
      for (const slug of welcome.cities) livingCity(slug);
      const seen = new Set(welcome.cities);
      const left = [...living.value].filter(([slug]) => seen.has(slug));
      if (left.length < living.value.size) living.value = new Map(left);
      const [only] = welcome.cities;
      const isShown = seen.has(shownCity.value ?? '');
      if (!isShown) shownCity.value = welcome.cities.length === 1 ? (only ?? null) : null;
    });
    void this.#readFigures();
    const known = this.#stream?.topics.watches.get('cities')?.cities ?? [];
    if (known.join() !== welcome.cities.join()) {
      this.#stream?.watch('cities', { cities: welcome.cities, layers: ALWAYS, box: null });
    }
  }

  async #poll(): Promise<void> {
    for (;;) {
      await this.#readFigures();
      await new Promise((resolve) => setTimeout(resolve, FIGURES_EVERY_MS));
    }
  }

  async #readFigures(): Promise<void> {
    // Without being let in there is nothing to ask for.
    if (signInNeeded.value || (page.value?.sign_in === true && me.value === null)) return;
    try {
      livingFigures.value = (await this.api.cities()).items;
    } catch (fault) {
      if (fault instanceof ApiProblem && fault.status === 401) signInNeeded.value = true;
      // Otherwise the figures stay: how old they are is told by their time and the connection.
    }
  }

  async #lookUp(id: string): Promise<void> {
    try {
      const alert = await this.api.alert(id);
      living.value.get(alert.city)?.foundEnded(alert);
    } catch {
      // It is no longer in the history either.
    }
  }
}

function storedToken(): string | null {
  try {
    return sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

function storeToken(token: string | null, remember: boolean): void {
  try {
    sessionStorage.removeItem(TOKEN);
    localStorage.removeItem(TOKEN);
    if (token !== null) (remember ? localStorage : sessionStorage).setItem(TOKEN, token);
  } catch {
    // storage is switched off: the token holds until the page is closed
  }
}

export const session = new Session();
