/** Alerts, actions and refusals in the watcher's language. Figures come from `reason.ts`. */

import { clockTime, duration, number } from '../i18n/format.ts';
import { isKey, t } from '../i18n/index.ts';
import { feedName, hindranceName, stageName, stateName } from '../i18n/named.ts';
import { cityModel, ENDED, serverNow } from '../model/signals.ts';
import { nameOf } from '../model/names.ts';
import type { Outcome } from '../wire/client.ts';
import type { Action, Alert } from '../wire/types.ts';
import { figureOf, type Figure } from './reason.ts';
import type { Place } from './grouping.ts';

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

/** Why an alert fires, with its figure as it is now. Follows the clock and the rows it reads. */
export function reasonOf(alert: Alert): string {
  const model = cityModel(alert.city);
  const rows = {
    zone: alert.subject.kind === 'zone' ? model.zones.get(alert.subject.id) : undefined,
    venue: alert.subject.kind === 'venue' ? model.venues.get(alert.subject.id) : undefined,
  };
  const figure = figureOf(alert, rows, serverNow.value);
  const key = `reason.${alert.cause}`;
  if (!isKey(key)) return alert.reason;
  return t(key, { value: written(figure, figure.value), limit: written(figure, figure.limit) });
}

/** A value in the figure's unit. */
export function written({ unit }: Pick<Figure, 'unit'>, value: number): string {
  if (unit === 'seconds') return duration(value);
  return number(value, unit === 'ratio' ? 2 : 0);
}

/** Why something was not done: who was first and when, what stands in the way. */
export function refusalWords({ code, message, detail }: Outcome): string {
  if (code === 'changed' || code === 'held_by_another') {
    const time = detail?.since_ts == null ? null : clockTime(detail.since_ts);
    const by = detail?.by ?? null;
    if (by === null) return t('refusal.changed_by_program', { time: time ?? '–' });
    return t(`refusal.${code}`, { by, time: time ?? '–' });
  }
  if (code === 'hindered') {
    const why = message.split(':', 1)[0] ?? '';
    return t('refusal.hindered', { why: hindranceName(why) });
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
    const now = ENDED.has(state) ? stateName(state) : stageName(action.stage);
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
