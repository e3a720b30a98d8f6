/**
 * An order's whole story: its own steps with how late each was, its alerts and who took them, what
 * was done for it and by whom, in the order in which it happened.
 *
 * Pure. What is still to come (the promise) stands where its time is. `OrderDetail.tsx` draws it.
 */

import type { Action, Alert, Doing, OrderDetail } from '../wire/types.ts';

export const STEPS = [
  'placed',
  'accepted',
  'assigned',
  'ready',
  'picked_up',
  'delivered',
  'cancelled',
] as const;
export type Step = (typeof STEPS)[number];

interface At {
  readonly ts: number;
}

export type Entry = At &
  (
    | {
        readonly kind: 'step';
        readonly step: Step;
        /** Past what was promised for this step, s; 0: in time; null: nothing was promised. */
        readonly lateS: number | null;
      }
    | { readonly kind: 'promise'; readonly of: 'venue' | 'client' }
    | { readonly kind: 'alert'; readonly alert: Alert }
    | { readonly kind: 'alert_ended'; readonly alert: Alert }
    | {
        readonly kind: 'taken';
        readonly how: 'acked' | 'claimed';
        readonly by: string;
        readonly alert: Alert;
      }
    | { readonly kind: 'note'; readonly by: string; readonly text: string; readonly alert: Alert }
    | { readonly kind: 'doing'; readonly doing: Doing; readonly action: Action | null }
  );

/** Which of what happens at the same moment comes first. */
const RANK: Readonly<Record<Entry['kind'], number>> = {
  step: 0,
  promise: 1,
  alert: 2,
  taken: 3,
  note: 4,
  doing: 5,
  alert_ended: 6,
};

export function storyOf(
  order: OrderDetail,
  alerts: readonly Alert[],
  actions: ReadonlyMap<string, Action>,
): Entry[] {
  const entries: Entry[] = [...stepsOf(order), ...promisesOf(order)];
  for (const alert of alerts) entries.push(...alertEntries(alert));
  for (const doing of order.doing) {
    // That somebody has it is told by the alert's own marks, with his name.
    if (doing.action_id === null && (doing.state === 'seen' || doing.state === 'claimed')) continue;
    const action = doing.action_id === null ? null : (actions.get(doing.action_id) ?? null);
    entries.push({ kind: 'doing', ts: doing.ts, doing, action });
  }
  return entries.sort((a, b) => a.ts - b.ts || RANK[a.kind] - RANK[b.kind]);
}

function stepsOf(order: OrderDetail): Entry[] {
  const promised: Partial<Record<Step, number | null>> = {
    ready: order.venue_promise_ts,
    delivered: order.promised_ts,
  };
  return STEPS.flatMap((step) => {
    const ts = order[`${step}_ts`];
    if (ts === null) return [];
    const promise = promised[step];
    const lateS = promise == null ? null : Math.max(0, ts - promise) / 1000;
    return [{ kind: 'step', step, ts, lateS } as const];
  });
}

/** Promises that were not kept, or are not yet due; a kept one says nothing beside its step. */
function promisesOf(order: OrderDetail): Entry[] {
  const over = order.delivered_ts ?? order.cancelled_ts;
  const found: Entry[] = [];
  const ready = order.ready_ts ?? order.picked_up_ts ?? over;
  if (order.venue_promise_ts !== null && (ready === null || ready > order.venue_promise_ts)) {
    found.push({ kind: 'promise', of: 'venue', ts: order.venue_promise_ts });
  }
  if (order.promised_ts !== null && (over === null || over > order.promised_ts)) {
    found.push({ kind: 'promise', of: 'client', ts: order.promised_ts });
  }
  return found;
}

function* alertEntries(alert: Alert): Generator<Entry> {
  yield { kind: 'alert', ts: alert.fired_ts ?? alert.started_ts, alert };
  if (alert.acked_by !== null && alert.acked_ts !== null) {
    yield { kind: 'taken', how: 'acked', by: alert.acked_by, ts: alert.acked_ts, alert };
  }
  if (alert.claimed_by !== null && alert.claimed_ts !== null) {
    yield { kind: 'taken', how: 'claimed', by: alert.claimed_by, ts: alert.claimed_ts, alert };
  }
  for (const { ts, by, text } of alert.notes) yield { kind: 'note', ts, by, text, alert };
  if (alert.resolved_ts !== null) yield { kind: 'alert_ended', ts: alert.resolved_ts, alert };
}
