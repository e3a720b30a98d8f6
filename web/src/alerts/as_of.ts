/**
 * Alerts and actions as they stood at a moment: in a replay the server's histories hold what came
 * later than what is shown. Pure.
 */

import type { Action, ActionTarget, Alert, Came } from '../wire/types.ts';

const PAGE_MS = 300_000;

/** Up to when a history is read that is shown as of `ts`: it moves in steps, lest it be read anew
 * with every second that is played. */
export function readUntil(ts: number): number {
  return Math.ceil(ts / PAGE_MS) * PAGE_MS;
}

/** The alert at `ts`: what was not yet, is not; null before it began. */
export function alertAsOf(alert: Alert, ts: number): Alert | null {
  if (alert.started_ts > ts) return null;
  const over = alert.resolved_ts !== null && alert.resolved_ts <= ts;
  const [acked, claimed] = [isBy(alert.acked_ts, ts), isBy(alert.claimed_ts, ts)];
  return {
    ...alert,
    state: over ? 'resolved' : isBy(alert.fired_ts, ts) ? 'firing' : 'pending',
    fired_ts: isBy(alert.fired_ts, ts) ? alert.fired_ts : null,
    resolved_ts: over ? alert.resolved_ts : null,
    ended: over ? alert.ended : null,
    acked_by: acked ? alert.acked_by : null,
    acked_ts: acked ? alert.acked_ts : null,
    acked_until_ts: acked ? alert.acked_until_ts : null,
    claimed_by: claimed ? alert.claimed_by : null,
    claimed_ts: claimed ? alert.claimed_ts : null,
    notes: alert.notes.filter((note) => note.ts <= ts),
    ends_ts: null,
  };
}

/** The action at `ts`, by its record; null before it began. */
export function actionAsOf(action: Action, ts: number): Action | null {
  if (action.updated_ts <= ts) return action;
  const record = action.record.filter((step) => step.ts <= ts);
  const last = record.at(-1);
  if (action.created_ts > ts || last === undefined) return null;
  const targets = action.targets
    .filter(({ sent_ts }) => sent_ts <= ts)
    .map((target) => targetAsOf(target, ts));
  return {
    ...action,
    state: last.state,
    updated_ts: last.ts,
    approved_by: record.find((step) => step.state === 'approved')?.by ?? null,
    until_ts: null, // of a later step, perhaps
    next_ts: null,
    // Its last stage is not known of then; where it ended, the state says more.
    stage: last.state === 'proposed' ? 'proposed' : '',
    targets,
    came: cameAsOf(action.came, targets, ts),
    record,
  };
}

function targetAsOf(target: ActionTarget, ts: number): ActionTarget {
  const answered = isBy(target.answered_ts, ts);
  return {
    ...target,
    // What became of the letter has no time of its own.
    state: answered || target.state === 'held_back' ? target.state : 'sent',
    answer: answered ? target.answer : null,
    answered_ts: answered ? target.answered_ts : null,
    arrived_ts: isBy(target.arrived_ts, ts) ? target.arrived_ts : null,
    error: '',
  };
}

/** Counted anew from those who had answered and come. */
function cameAsOf(came: Came, targets: readonly ActionTarget[], ts: number): Came {
  const asked = targets.filter(({ state }) => state !== 'held_back');
  const held = targets.filter(({ state }) => state === 'held_back');
  const said = (answer: string): number => asked.filter((one) => one.answer === answer).length;
  const arrived = (some: readonly ActionTarget[]): number =>
    some.filter(({ arrived_ts }) => arrived_ts !== null).length;
  const recovered = isBy(came.recovered_ts, ts);
  return {
    accepted: said('accepted'),
    declined: said('declined'),
    unanswered: 0,
    moved: arrived(asked),
    held_back: held.length,
    held_back_moved: arrived(held),
    recovered_ts: recovered ? came.recovered_ts : null,
    recovered_s: recovered ? came.recovered_s : null,
    words: '',
    said: [],
  };
}

function isBy(at: number | null, ts: number): boolean {
  return at !== null && at <= ts;
}
