/** Alerts, actions and refusals in the watcher's language. Figures come from `reason.ts`. */

import { clockTime, duration } from '../i18n/format.ts';
import { isKey, t } from '../i18n/index.ts';
import { feedName, stageName, stateName } from '../i18n/named.ts';
import { cityModel, ENDED, serverNow } from '../model/signals.ts';
import { nameOf } from '../model/names.ts';
import type { Outcome } from '../wire/client.ts';
import type { Action, Alert, Phrase } from '../wire/types.ts';
import type { Place } from './grouping.ts';
import { aheadOf, figureOf, raisedFigure, type Figure, type Rows } from './reason.ts';
import { saidIn } from './said.ts';
import { written } from './written.ts';

/** What an alert or a group is about, such as a zone's name. */
export function placeName(city: string, { kind, id }: Place): string {
  return kind === 'stream' ? feedName(id) : nameOf(city, kind, id);
}

/** An alert's subject with its kind: `Zone Centrs`, `Order o-7 at Lido`. */
export function subjectName(alert: Alert): string {
  const name = placeName(alert.city, alert.subject);
  const venue = alert.about['venue'];
  if (alert.subject.kind === 'order' && venue !== undefined) {
    return t('subject.order_at', { order: name, venue: nameOf(alert.city, 'venue', venue) });
  }
  return t(`subject.${alert.subject.kind}`, { name });
}

/** An alert's figure as it is now. Follows the clock and the rows it reads. */
export function figureNow(alert: Alert): Figure {
  return figureOf(alert, rowsOf(alert), serverNow.value);
}

/** Why an alert fires, with its figure as it is now. Follows the same. */
export function reasonOf(alert: Alert): string {
  const figure = figureNow(alert);
  if (alert.cause === 'oldest_wait' && figure.value === 0) {
    // It was raised by the wait and stays for the ratio: `endingOf` says below which.
    return t('reason.nobody_waits', { raised: duration(alert.value) });
  }
  const key = `reason.${alert.cause}`;
  if (!isKey(key)) return alert.reason;
  return t(key, { value: written(figure, figure.value), limit: written(figure, figure.limit) });
}

/** Why an alert was raised, with its figure as it was then. */
export function raisedBy({ cause, value, threshold }: Alert): readonly Phrase[] {
  return [{ code: 'cause', values: { cause, value, limit: threshold } }];
}

/** Why it fires now, as a person would write it: for a field that he may go on writing in. */
export function reasonToKeep(alert: Alert): string {
  return reasonOf(alert).replaceAll(/[\u2066-\u2069]/g, ''); // marks of the page's direction
}

/** How a firing alert ends: below which figure, or in how long; empty where nobody can tell. */
export function endingOf(alert: Alert): string {
  const ahead = aheadOf(alert, rowsOf(alert), serverNow.value);
  if (ahead === null) return '';
  if (ahead.kind === 'clearing') return t('alert.ends_in', { left: duration(ahead.leftS) });
  const { unit } = raisedFigure(ahead.cause, 0, 0);
  const bound = written({ unit }, ahead.bound);
  if (ahead.own && unit !== 'count') return t('alert.ends_below', { bound });
  const key = `clears.${ahead.cause}`;
  return isKey(key) ? t('alert.ends_when', { what: t(key, { bound }) }) : '';
}

function rowsOf({ city, subject }: Alert): Rows {
  const model = cityModel(city);
  return {
    zone: subject.kind === 'zone' ? model.zones.get(subject.id) : undefined,
    venue: subject.kind === 'venue' ? model.venues.get(subject.id) : undefined,
  };
}

/** After these nobody here knows what became of it: the word may have arrived, the answer not. */
const UNSURE: ReadonlySet<string> = new Set(['timeout', 'lost']);

/** What is said where something was pressed that did not go as it should. */
export function troubleWords(outcome: Outcome): string {
  const key = UNSURE.has(outcome.code) ? 'trouble.unsure' : 'trouble.line';
  return t(key, { why: refusalWords(outcome) });
}

/** Why something was not done: who was first and when, what stands in the way. */
export function refusalWords({ code, message, detail }: Outcome): string {
  const said = saidIn('', detail?.said ?? []); // no place is named in a refusal
  if (said !== null) return said;
  if (code === 'changed' || code === 'held_by_another') {
    const time = detail?.since_ts == null ? null : clockTime(detail.since_ts);
    const by = detail?.by ?? null;
    if (by === null) return t('refusal.changed_by_program', { time: time ?? '–' });
    return t(`refusal.${code}`, { by, time: time ?? '–' });
  }
  const key = `refusal.${code}`;
  return isKey(key) ? t(key) : t('refusal.other', { message });
}

/** What an action is, is about, and how far it has come, in one line. */
export function actionLine(action: Action): string {
  const name = placeName(action.city, action.subject);
  const what = t(`action.line.${action.kind}`, { name });
  return action.dry_run ? t('action.dry_run', { what }) : what;
}

/** How far an action has come: its state, and of a push how many were asked and said yes. */
export function progressLine(action: Action): string {
  const { kind, state, came, targets } = action;
  if (kind === 'push_couriers' && state !== 'proposed' && targets.length > 0) {
    const asked = targets.filter((target) => target.state !== 'held_back').length;
    const arrived = targets.filter((target) => target.arrived_ts !== null).length;
    // While it goes on its stage says more than that a letter was delivered.
    const tellsStage = !ENDED.has(state) && action.stage !== '';
    const now = tellsStage ? stageName(action.stage) : stateName(state);
    const params = { state: now, count: asked, accepted: came.accepted, arrived };
    return t('action.progress.push', params);
  }
  if (kind === 'pause_venue' && action.until_ts !== null) {
    const left = Math.max(0, action.until_ts - serverNow.value) / 1000;
    const stage = stageName(action.stage);
    return t('action.progress.pause', { stage, left: duration(left) });
  }
  return stateName(state);
}

/** Who did something: a person by his name, null is the program. */
export function byWhom(by: string | null): string {
  return by === null ? t('by.program') : by;
}
