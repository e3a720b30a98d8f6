/**
 * The HTTP API: what is read once, not watched. Every call ends within a deadline.
 *
 * A refusal is thrown as `ApiProblem`, a server that can't be reached as `ApiUnreachable`. What
 * people do goes over the stream (`client.ts`), where its result and its effect come in order.
 */

import type { FeatureCollection } from 'geojson';

import type {
  Action,
  Alert,
  AuditEntry,
  Effects,
  PausePreview,
  ProblemBody,
  PushPreview,
  Silence,
  Switch,
} from './acts.ts';
import type {
  City,
  Courier,
  CourierDetail,
  CourierNear,
  Limits,
  Order,
  OrderDetail,
  Trend,
  Venue,
  Zone,
  ZoneDetail,
} from './things.ts';

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A page of a list: `total` match in all; `next` is the cursor of the next page. */
export interface Page<T> {
  readonly ts: number;
  readonly total: number;
  readonly next: string | null;
  readonly items: readonly T[];
}

/** A list that comes whole. */
export interface List<T> {
  readonly ts: number;
  readonly items: readonly T[];
}

/** What the page is told of its server: `GET /v1/page`. */
export interface PageInfo {
  readonly version: string;
  /** Where the stream is; null: at `stream_port` of the page's own host. */
  readonly stream_url: string | null;
  readonly stream_port: number;
  /** Whether a token is needed. */
  readonly sign_in: boolean;
  readonly basemap: Basemap | null;
}

/** What lies below the zones: a style by its URL, or tiles in one file that our server serves. */
export interface Basemap {
  readonly kind: 'style' | 'pmtiles';
  readonly url: string;
}

/** The server refused: see `code`, and `by` and `since_ts` where somebody was first. */
export class ApiProblem extends Error {
  constructor(readonly body: ProblemBody) {
    super(body.detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return this.body.status;
  }

  get code(): string {
    return this.body.code;
  }
}

/** No answer, or none that can be read. */
export class ApiUnreachable extends Error {
  constructor(cause: unknown) {
    super('the server can not be reached', { cause });
    this.name = 'ApiUnreachable';
  }
}

const WITHIN_MS = 10_000;

export class Api {
  token: string | null;
  readonly #base: string;
  readonly #fetch: typeof fetch;

  /** `base` is the server's address with a slash at its end; empty: the page's own. */
  constructor(base = '', token: string | null = null, fetcher: typeof fetch = fetch) {
    this.#base = base;
    this.token = token;
    this.#fetch = fetcher;
  }

  /** Any route; `signal` gives up early. */
  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    const deadline = AbortSignal.timeout(WITHIN_MS);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const response = await this.#ask(path, query, either);
    return reached(async () => (await response.json()) as T);
  }

  /** The lines of an answer in NDJSON, each as it comes; `signal` gives up. */
  async *lines(path: string, query: Query, signal: AbortSignal): AsyncGenerator<unknown> {
    const response = await this.#ask(path, query, signal);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    while (reader !== undefined) {
      const { done, value } = await reached(() => reader.read());
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line);
    }
  }

  async #ask(path: string, query: Query, signal: AbortSignal): Promise<Response> {
    const given = Object.entries(query).filter(([, value]) => value != null);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    const response = await reached(() =>
      this.#fetch.call(
        globalThis,
        `${this.#base}${path}${given.length > 0 ? `?${search}` : ''}`,
        {
          headers: this.token === null ? {} : { Authorization: `Bearer ${this.token}` },
          signal,
          credentials: 'omit',
        },
      ),
    );
    if (response.ok) return response;
    throw new ApiProblem(await problemOf(response));
  }

  page = (): Promise<PageInfo> => this.get('v1/page');
  cities = (): Promise<List<City>> => this.get('v1/cities');
  city = (city: string): Promise<City> => this.get(`v1/cities/${part(city)}`);
  limits = (city: string, at_ts: number): Promise<Limits> =>
    this.get(`v1/cities/${part(city)}/limits`, { at_ts });
  trend = (city: string, zone?: string): Promise<Trend> =>
    this.get(`v1/cities/${part(city)}/trend`, { zone });
  zones = (city: string): Promise<List<Zone>> => this.get(`v1/cities/${part(city)}/zones`);
  shapes = (city: string): Promise<FeatureCollection> =>
    this.get(`v1/cities/${part(city)}/zones.geojson`);
  zone = (city: string, id: string): Promise<ZoneDetail> =>
    this.get(`v1/cities/${part(city)}/zones/${part(id)}`);
  couriers = (city: string, query?: Query): Promise<Page<Courier>> =>
    this.get(`v1/cities/${part(city)}/couriers`, query);
  couriersNear = (city: string, query: Query): Promise<List<CourierNear>> =>
    this.get(`v1/cities/${part(city)}/couriers-near`, query);
  courier = (city: string, id: string): Promise<CourierDetail> =>
    this.get(`v1/cities/${part(city)}/couriers/${part(id)}`);
  orders = (city: string, query?: Query): Promise<Page<Order>> =>
    this.get(`v1/cities/${part(city)}/orders`, query);
  order = (city: string, id: string): Promise<OrderDetail> =>
    this.get(`v1/cities/${part(city)}/orders/${part(id)}`);
  venues = (city: string, query?: Query): Promise<Page<Venue>> =>
    this.get(`v1/cities/${part(city)}/venues`, query);
  venue = (city: string, id: string): Promise<Venue> =>
    this.get(`v1/cities/${part(city)}/venues/${part(id)}`);
  alerts = (query?: Query): Promise<Page<Alert>> => this.get('v1/alerts', query);
  alert = (id: string): Promise<Alert> => this.get(`v1/alerts/${part(id)}`);
  silences = (city?: string): Promise<List<Silence>> => this.get('v1/silences', { city });
  actions = (query?: Query): Promise<Page<Action>> => this.get('v1/actions', query);
  action = (id: string): Promise<Action> => this.get(`v1/actions/${part(id)}`);
  effects = (city: string): Promise<Effects> => this.get(`v1/cities/${part(city)}/effects`);
  pushPreview = (city: string, query: Query): Promise<PushPreview> =>
    this.get(`v1/cities/${part(city)}/push-preview`, query);
  pausePreview = (city: string, venue_id: string): Promise<PausePreview> =>
    this.get(`v1/cities/${part(city)}/pause-preview`, { venue_id });
  switches = (city: string): Promise<List<Switch>> =>
    this.get(`v1/cities/${part(city)}/switches`);
  audit = (query?: Query): Promise<List<AuditEntry> & { next_before_ts: number | null }> =>
    this.get('v1/audit', query);
}

/** What the network gives; its faults as ours. */
async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (fault) {
    throw new ApiUnreachable(fault);
  }
}

/** A name as a part of a path. */
function part(name: string): string {
  return encodeURIComponent(name);
}

async function problemOf(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    const { status, statusText: title } = response;
    return { type: 'about:blank', title, status, code: 'refused', detail: title };
  }
}
