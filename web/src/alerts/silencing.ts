/**
 * What a silence can be told by, and what it would hide.
 *
 * Pure; as the server judges it (docs/alerts.md, Silences): all matchers must hold, a field is
 * exactly its value.
 */

import type { Alert, Matcher, MatcherField } from '../wire/types.ts';

const FIELDS: readonly MatcherField[] = ['rule', 'zone', 'venue', 'order', 'courier', 'severity'];
/** What a silence is narrowed to at first: the rule, at the alert's own subject or place. */
const FIRST: ReadonlySet<string> = new Set(['rule']);

/** What an alert is held against. */
function valueOf(alert: Alert, field: MatcherField): string | undefined {
  if (field === 'rule') return alert.rule;
  if (field === 'severity') return alert.severity;
  return alert.about[field];
}

/** Whether a silence by these matchers would hide the alert. */
export function hides(matchers: readonly Matcher[], alert: Alert): boolean {
  return matchers.every(({ field, value }) => valueOf(alert, field) === value);
}

/** What all of these alerts share and a silence can be told by. */
export function sharedBy(alerts: readonly [Alert, ...Alert[]]): Matcher[] {
  const [first, ...others] = alerts;
  return FIELDS.flatMap((field) => {
    const value = valueOf(first, field);
    if (value === undefined || others.some((alert) => valueOf(alert, field) !== value)) return [];
    return [{ field, value }];
  });
}

/** Which of the shared matchers to begin with: the rule, and what it is about most narrowly. */
export function firstChoice(shared: readonly Matcher[], subject: string): Set<MatcherField> {
  const narrow =
    shared.find(({ field }) => field === subject) ??
    shared.find(({ field }) => field !== 'rule' && field !== 'severity');
  return new Set([...FIRST, ...(narrow === undefined ? [] : [narrow.field])] as MatcherField[]);
}
