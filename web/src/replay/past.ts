/**
 * What the monitor tells of a recorded day: how much there is, the marks of the time line, and the
 * lines that a player takes one after the other (docs/replay.md).
 */

import { session } from '../model/session.ts';
import type {
  ActionKind,
  ActionState,
  Delta,
  Severity,
  Slots,
  Snapshot,
  Subject,
} from '../wire/types.ts';

export interface Stretch {
  readonly from_ts: number;
  readonly to_ts: number;
}

/** `GET /v1/recording`; between two stretches nothing was recorded. */
export interface Recording {
  readonly enabled: boolean;
  readonly now_ts: number;
  readonly from_ts: number | null;
  readonly to_ts: number | null;
  readonly stretches: readonly Stretch[];
  readonly cities: readonly string[];
}

export interface AlertMark {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly subject: Subject;
  readonly fired_ts: number;
  readonly resolved_ts: number | null;
  readonly acked_ts: number | null;
  readonly silenced: boolean;
}

export interface ActionMark {
  readonly id: string;
  readonly kind: ActionKind;
  readonly state: ActionState;
  readonly subject: Subject;
  readonly alert: string | null;
  readonly by: string | null;
  readonly steps: readonly (readonly [number, string])[];
}

export interface Marks {
  readonly from_ts: number;
  readonly to_ts: number;
  readonly whole_from_ts: number | null;
  readonly alerts: readonly AlertMark[];
  readonly actions: readonly ActionMark[];
}

/** One line of `state` or `changes`. */
export type Line =
  | {
      readonly type: 'then';
      readonly ts: number;
      readonly as_of_ts: number;
      readonly in_gap: boolean;
      readonly notes: readonly string[];
    }
  | { readonly type: 'until'; readonly ts: number; readonly events: number }
  | {
      readonly type: 'gap';
      readonly from_ts: number;
      readonly to_ts: number;
      readonly notes: readonly string[];
    }
  | { readonly type: 'frame'; readonly data: string }
  | Snapshot
  | Delta
  | Slots;

export const readRecording = (): Promise<Recording> => session.api.get('v1/recording');

export const readMarks = (city: string, from_ts: number, to_ts: number): Promise<Marks> =>
  session.api.get('v1/recording/marks', { city, from_ts, to_ts });

// Two pages of one person have a replay each.
const PAGE = Math.random().toString(36).slice(2);

/** The city as it was. */
export function readState(city: string, ts: number, signal: AbortSignal): AsyncGenerator<unknown> {
  const query = { city, ts: Math.round(ts), form: 'columns', session: PAGE };
  return session.api.lines('v1/recording/state', query, signal);
}

/** What happened next; figures on a beat of `every` ms of then. */
export function readChanges(
  city: string,
  from: number,
  to: number,
  every: number,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const query = {
    city,
    from_ts: Math.round(from),
    to_ts: Math.round(to),
    every_ms: Math.round(every),
    form: 'columns',
    session: PAGE,
  };
  return session.api.lines('v1/recording/changes', query, signal);
}

/**
 * When something changed: each alert's beginning and end, each action's steps; in order, once each.
 */
export function momentsOf({ alerts, actions }: Marks): number[] {
  const moments = new Set<number>();
  for (const { fired_ts, resolved_ts, acked_ts } of alerts) {
    for (const ts of [fired_ts, resolved_ts, acked_ts]) if (ts !== null) moments.add(ts);
  }
  for (const { steps } of actions) for (const [ts] of steps) moments.add(ts);
  return [...moments].sort((a, b) => a - b);
}

/** The first moment after `ts` (1) or the last before it (-1), null where there is none. */
export function momentFrom(moments: readonly number[], ts: number, towards: 1 | -1): number | null {
  // What just happened is not what happened before: a step back must not stay where it is.
  const near = 1_500;
  if (towards === 1) return moments.find((one) => one > ts) ?? null;
  return moments.findLast((one) => one < ts - near) ?? null;
}
