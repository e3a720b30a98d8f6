/**
 * The language of the search box: `zone:centrs late>5 -state:seen "old town"`.
 *
 * Pure. All terms must hold; a comma means either; `-` before a term means not; quotes keep spaces
 * together. What a term says of which kind of thing is `matching.ts`'.
 */

export const FIELDS = [
  'zone',
  'venue',
  'courier',
  'order',
  'client',
  'state',
  'rule',
  'severity',
  'by',
] as const;
export type Field = (typeof FIELDS)[number];
export type Comparison = '>' | '>=' | '<' | '<=' | '=';

export type Term = { readonly not: boolean } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'field'; readonly field: Field; readonly values: readonly string[] }
  | { readonly kind: 'late'; readonly than: Comparison; readonly minutes: number }
);

/** What is wrong with a term, by its name in the catalogues, and the term. */
export interface Fault {
  readonly why: 'unknown_field' | 'no_value' | 'no_number' | 'open_quote';
  readonly term: string;
}

export interface Query {
  readonly terms: readonly Term[];
  readonly faults: readonly Fault[];
}

export const EVERYTHING: Query = { terms: [], faults: [] };

const PIECE = /(?:"[^"]*"?|[^\s"])+/g;
const LATE = /^late(>=|<=|>|<|=|:)(.*)$/i;
const FIELD = /^([a-z_]+):(.*)$/i;

/** Reads what was typed. A term with a fault narrows nothing. */
export function parse(text: string): Query {
  const terms: Term[] = [];
  const faults: Fault[] = [];
  for (const [piece] of text.matchAll(PIECE)) {
    const found = termOf(piece);
    if ('why' in found) faults.push(found);
    else terms.push(found);
  }
  return { terms, faults };
}

function termOf(piece: string): Term | Fault {
  if ((piece.match(/"/g)?.length ?? 0) % 2 === 1) return { why: 'open_quote', term: piece };
  const not = piece.length > 1 && piece.startsWith('-');
  const body = not ? piece.slice(1) : piece;
  const late = LATE.exec(body);
  if (late !== null) return lateOf(late, not, piece);
  const named = FIELD.exec(body);
  if (named === null) return { kind: 'word', not, text: plain(body) };
  const field = FIELDS.find((one) => one === named[1]?.toLowerCase());
  if (field === undefined) return { why: 'unknown_field', term: named[1] ?? piece };
  const values = valuesOf(named[2] ?? '');
  return values.length === 0
    ? { why: 'no_value', term: piece }
    : { kind: 'field', not, field, values };
}

function lateOf([, sign, value]: RegExpExecArray, not: boolean, piece: string): Term | Fault {
  const number = (value ?? '').replace(/m(in)?$/i, '').replace(',', '.');
  const minutes = Number(number);
  if (number === '' || Number.isNaN(minutes)) return { why: 'no_number', term: piece };
  return { kind: 'late', not, than: sign === ':' ? '>=' : (sign as Comparison), minutes };
}

/** The alternatives between commas outside of quotes. */
function valuesOf(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|[^,"])+/g)]
    .map(([one]) => plain(one))
    .filter((one) => one !== '');
}

/** Without quotes, as it is compared. */
function plain(text: string): string {
  return fold(text.replaceAll('"', ''));
}

/** In small letters and without marks above or below, so that `agenskalns` finds `Āgenskalns`. */
export function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
}

/** What was typed with the term under the cursor (the last one) replaced. */
export function withTerm(text: string, term: string): string {
  const pieces = [...text.matchAll(PIECE)].map(([piece]) => piece);
  if (!/\s$/.test(text)) pieces.pop();
  return [...pieces, term].join(' ');
}

/** A value as it is typed after `field:`. */
export function quoted(value: string): string {
  return /[\s,"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}
