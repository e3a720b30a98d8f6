/**
 * Which alerts share a cause, and which cause is the most urgent.
 *
 * Pure. A cause is a rule at a place: ten orders in one zone that find no courier are one trouble,
 * to be met once. Muted alerts (silenced, or explained by another) make groups of their own. How
 * groups are held still on the screen is `steady.ts`'; who calls is the feed.
 */

import type { Filters } from '../model/signals.ts';
import type { Alert, Severity, SubjectKind } from '../wire/types.ts';

export interface Place {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** Alerts of one cause, the most urgent first; `since` is the oldest's beginning. */
export interface Group {
  readonly key: string;
  readonly city: string;
  readonly rule: string;
  readonly place: Place;
  readonly muted: boolean;
  readonly alerts: readonly [Alert, ...Alert[]];
  readonly severity: Severity;
  readonly since: number;
}

/** From the most urgent on. */
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

/** Where the trouble of a rule lies, if not with its subject: of these the first that is known. */
const LIES_AT: Readonly<Record<string, readonly SubjectKind[]>> = {
  order_unaccepted: ['venue', 'zone'],
  order_unassigned: ['zone'],
  order_pickup_late: ['zone'],
  order_late: ['zone'],
  order_unpaid: ['city'], // many at once are the payment provider's
  order_problem: ['venue', 'zone'],
  courier_silent: ['zone'],
  courier_stuck: ['zone'],
};

export function placeOf(alert: Alert): Place {
  const wanted = LIES_AT[alert.rule];
  if (wanted === undefined) return alert.subject;
  for (const kind of wanted) {
    const id = alert.about[kind];
    if (id !== undefined) return { kind, id };
  }
  return { kind: 'city', id: alert.city };
}

/** Whether it lives without ringing: silenced, or explained by another. */
export function isMuted(alert: Alert): boolean {
  return alert.silenced || alert.inhibited_by !== null;
}

/** The severer first, then the older; the id decides what is left. */
export function byUrgency(a: Alert, b: Alert): number {
  const severer = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severer || a.started_ts - b.started_ts || (a.id < b.id ? -1 : 1);
}

/** The alerts by their cause, the most urgent cause first. */
export function groupsOf(alerts: readonly Alert[]): Group[] {
  const byKey = new Map<string, [Alert, ...Alert[]]>();
  for (const alert of alerts.toSorted(byUrgency)) {
    const place = placeOf(alert);
    const mark = isMuted(alert) ? 'muted' : '';
    const key = [alert.city, alert.rule, place.kind, place.id, mark].join(' ');
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [alert]);
    else known.push(alert);
  }
  return [...byKey]
    .map(([key, members]) => {
      const [first] = members;
      return {
        key,
        city: first.city,
        rule: first.rule,
        place: placeOf(first),
        muted: isMuted(first),
        alerts: members,
        severity: first.severity,
        since: Math.min(...members.map((alert) => alert.started_ts)),
      };
    })
    .sort(groupByUrgency);
}

function groupByUrgency(a: Group, b: Group): number {
  const severer = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severer || a.since - b.since || (a.key < b.key ? -1 : 1);
}

/** Whether an alert is among those asked for; `mine` are those that `name` holds or saw. */
export function passes(alert: Alert, filters: Filters, name: string | null): boolean {
  const { severities, rules, mine } = filters;
  return (
    (severities.length === 0 || severities.includes(alert.severity)) &&
    (rules.length === 0 || rules.includes(alert.rule)) &&
    (!mine || (name !== null && (alert.claimed_by === name || alert.acked_by === name)))
  );
}

/** Who holds one of these, and who has seen one that nobody holds; a name for each such alert. */
export function peopleOf(alerts: readonly Alert[]): { taken: string[]; seen: string[] } {
  const free = alerts.filter(({ claimed_by }) => claimed_by === null);
  return {
    taken: alerts.flatMap(({ claimed_by }) => claimed_by ?? []),
    seen: free.flatMap(({ acked_by }) => acked_by ?? []),
  };
}
