/**
 * The stream's messages, both ways; what they promise stands in docs/stream.md.
 *
 * Written by hand after docs/schemas/stream.schema.json; `test/wire/types.test.ts` holds the one
 * against the other. A field or type that is not known here may have been added and is ignored.
 */

import type { Action, Alert, Phrase } from './acts.ts';
import type { Courier, Order, Venue, Zone } from './things.ts';

/** What each layer holds. */
export interface Items {
  readonly zones: Zone;
  readonly alerts: Alert;
  readonly actions: Action;
  readonly venues: Venue;
  readonly orders: Order;
  readonly couriers: Courier;
}
export type Layer = keyof Items;
export const LAYERS = ['zones', 'alerts', 'actions', 'venues', 'orders', 'couriers'] as const;

/** How couriers are sent: as items, or as columns in binary frames (`frames.ts`). */
export type Form = 'json' | 'columns';

/** West, south, east, north. */
export type Box = readonly [number, number, number, number];

/** How far a client got: the epoch it was told and the last `seq` that it holds whole. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

// --- from the page

export interface Hello {
  readonly type: 'hello';
  readonly protocol: number;
  readonly token: string | null;
  readonly resume: Position | null;
}

export interface Subscribe {
  readonly type: 'subscribe';
  readonly id: string;
  readonly city: string | readonly string[];
  readonly layers: readonly Layer[];
  readonly bbox: Box | null;
  readonly fresh: boolean;
  readonly form: Form;
}

export interface Unsubscribe {
  readonly type: 'unsubscribe';
  readonly id: string;
}

export interface Keyframe {
  readonly type: 'keyframe';
  readonly city: string;
  readonly id: string | null;
}

export interface Command {
  readonly type: 'command';
  readonly id: string;
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Ping {
  readonly type: 'ping';
  readonly id: string | null;
}

export type ClientMessage = Hello | Subscribe | Unsubscribe | Keyframe | Command | Ping;

// --- from the server

export interface WelcomeLimits {
  readonly message_in_bytes: number;
  readonly messages_per_s: number;
  readonly commands_per_s: number;
  readonly topics_per_client: number;
  readonly ping_interval_s: number;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly server: string;
  readonly protocol: number;
  readonly epoch: string;
  readonly seq: number;
  readonly ts: number;
  readonly name: string;
  readonly role: string;
  readonly cities: readonly string[];
  readonly limits: WelcomeLimits;
}

export type SnapshotReason = 'box' | 'new' | 'other_epoch' | 'too_long_ago';
export type LayerItems = { readonly [L in Layer]?: readonly Items[L][] };

export interface Snapshot {
  readonly type: 'snapshot';
  readonly id: string;
  readonly epoch: string;
  readonly seq: number;
  readonly ts: number;
  readonly city: string;
  readonly reason: SnapshotReason;
  readonly part: number;
  readonly parts: number;
  readonly layers: LayerItems;
}

export interface Resumed {
  readonly type: 'resumed';
  readonly id: string;
  readonly epoch: string;
  readonly seq: number;
  readonly ts: number;
  readonly city: string;
  readonly since: number;
  readonly layers: readonly Layer[];
}

export interface DeltaOf<L extends Layer> {
  readonly type: 'delta';
  readonly seq: number;
  readonly prev: number;
  readonly ts: number;
  readonly city: string;
  readonly layer: L;
  readonly items: readonly Items[L][];
  readonly gone: readonly string[];
}
export type Delta = { [L in Layer]: DeltaOf<L> }[Layer];

/**
 * Which courier has which slot of the columns under `handle`: with part 1 of a `whole` all that was
 * known is void; first `gone` is emptied, then the `runs` (first slot, ids from there on) are put.
 */
export interface Slots {
  readonly type: 'slots';
  readonly city: string;
  readonly layer: string;
  readonly handle: number;
  readonly whole: boolean;
  readonly part: number;
  readonly parts: number;
  readonly gone: readonly number[];
  readonly runs: readonly (readonly [number, readonly (string | null)[]])[];
}

/** Who stands in the way of a command and since when; the id of what was made or decided on. */
export interface ResultDetail {
  readonly by: string | null;
  readonly since_ts: number | null;
  readonly id: string | null;
  /** Why, in phrases, where the code does not say it all. */
  readonly said?: readonly Phrase[];
}

export interface Result {
  readonly type: 'result';
  readonly id: string;
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
  readonly detail: ResultDetail | null;
}

export interface Refusal {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  readonly id?: string;
}

export interface Closing {
  readonly type: 'closing';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export interface Pong {
  readonly type: 'pong';
  readonly ts: number;
  readonly id: string | null;
}

export type ServerMessage =
  | Welcome
  | Snapshot
  | Resumed
  | Delta
  | Slots
  | Result
  | Refusal
  | Closing
  | Pong;
