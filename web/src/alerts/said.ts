/**
 * What the server says of its own doings, in the watcher's language: it comes as phrases, each a
 * code and its values (docs/actions.md), beside the English sentence. `Said.tsx` shows it.
 */

import { duration, number } from '../i18n/format.ts';
import { isKey, t, type Params } from '../i18n/index.ts';
import { feedName, fieldName, hindranceName, ruleName, targetName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import type { Phrase, SubjectKind } from '../wire/types.ts';
import { raisedFigure } from './reason.ts';
import { written } from './written.ts';

type Values = Phrase['values'];

/** The phrases as one sentence; null where there are none, or one of a newer server. */
export function saidIn(city: string, said: readonly Phrase[]): string | null {
  let sentence: string | null = null;
  for (const phrase of said) {
    const clause = clauseOf(city, phrase);
    if (clause === null) return null;
    sentence = sentence === null ? clause : t('said.both', { first: sentence, second: clause });
  }
  return sentence;
}

function clauseOf(city: string, { code, values }: Phrase): string | null {
  if (code === 'cause') return causeOf(values);
  const key = `said.${code}`;
  if (!isKey(key)) return null;
  if (code === 'one_alert') {
    const name = thingName(city, text(values, 'kind'), text(values, 'id'));
    return t(key, { rule: ruleName(text(values, 'rule')), name });
  }
  if (code === 'share') {
    const [field, value] = [text(values, 'field'), text(values, 'value')];
    return t(key, { field: fieldName(field), value: sharedName(city, field, value) });
  }
  return t(key, paramsOf(city, values));
}

/** Why an alert fired, with its figure as it was then. */
function causeOf(values: Values): string | null {
  const cause = text(values, 'cause');
  const key = `reason.${cause}`;
  if (!isKey(key)) return null;
  const figure = raisedFigure(cause, Number(values['value']), Number(values['limit']));
  return t(key, { value: written(figure, figure.value), limit: written(figure, figure.limit) });
}

/** The values as they are written: by their names, for these mean the same in every phrase. */
function paramsOf(city: string, values: Values): Params {
  const params: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(values)) {
    if (name === 'why') params[name] = hindranceName(String(value));
    else if (name === 'zone') params[name] = nameOf(city, 'zone', String(value));
    else if (name === 'state') params[name] = targetName(String(value));
    else if (typeof value === 'string') params[name] = value;
    else if (name === 'minutes') params[name] = duration(value * 60);
    else if (name.endsWith('_s')) params[name.slice(0, -2)] = duration(value);
    else params[name] = name === 'count' ? value : number(value);
  }
  return params;
}

function sharedName(city: string, field: string, value: string): string {
  if (field === 'rule') return ruleName(value);
  const key = `severity.${value}`;
  return field === 'severity' && isKey(key) ? t(key) : thingName(city, field, value);
}

function thingName(city: string, kind: string, id: string): string {
  return kind === 'stream' ? feedName(id) : nameOf(city, kind as SubjectKind, id);
}

function text(values: Values, name: string): string {
  return String(values[name] ?? '');
}
