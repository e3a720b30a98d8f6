/**
 * The one search box: narrows the alerts and dims the map as one types; suggests things by their id
 * and name, and Enter looks at the one that is marked.
 */

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { city, filters, selection } from '../model/signals.ts';
import { courierIds } from './couriers.ts';
import { query, suggest, type Suggestion } from './found.ts';

import './ways.css';

const REST_MS = 150; // while somebody types nothing is filtered

export const SEARCH_ID = 'search';

export function Search() {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const typed = useSignal(filters.peek().text);
  const open = useSignal(false);
  const marked = useSignal(-1);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const text = filters.value.text;
  useEffect(() => {
    typed.value = text; // it was changed elsewhere: the address, a button
  }, [text]);
  const found = open.value ? suggest(typed.value, courierIds) : [];
  const set = (to: string, now = false): void => {
    typed.value = to;
    marked.value = -1;
    clearTimeout(timer.current);
    const apply = (): void => void (filters.value = { ...filters.peek(), text: to.trim() });
    if (now) apply();
    else timer.current = setTimeout(apply, REST_MS);
  };
  const choose = (one: Suggestion): void => {
    if (one.kind === 'term') {
      set(one.text);
      box.current?.focus();
      return;
    }
    open.value = false;
    selection.value = { kind: one.thing, city: one.city, id: one.id };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      open.value = true;
      const step = key === 'ArrowDown' ? 1 : -1;
      const count = found.length + 1; // with none of them
      if (count > 1) marked.value = ((marked.value + 1 + step + count) % count) - 1;
      event.preventDefault();
    } else if (key === 'Enter') {
      const one = found[marked.value] ?? exactly(found, typed.value);
      if (one === undefined) set(typed.value, true);
      else choose(one);
      if (one?.kind !== 'term') open.value = false;
      event.preventDefault();
    } else if (key === 'Escape') {
      if (open.value && found.length > 0) open.value = false;
      else if (typed.value !== '') set('', true);
      else box.current?.blur();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const { faults } = query.value;
  return (
    <div class="search" role="search">
      <input
        ref={box}
        id={SEARCH_ID}
        type="search"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={t('search.placeholder')}
        aria-label={t('search.label')}
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={marked.value < 0 ? undefined : `${id}-${marked.value}`}
        aria-invalid={faults.length > 0}
        aria-describedby={faults.length > 0 ? `${id}-fault` : undefined}
        value={typed.value}
        onInput={(event) => {
          open.value = true;
          set(event.currentTarget.value);
        }}
        onFocus={() => (open.value = typed.value !== '')}
        onBlur={() => (open.value = false)}
        onKeyDown={onKeyDown}
      />
      <ul
        class="search-list"
        id={`${id}-list`}
        role="listbox"
        aria-label={t('search.found')}
        hidden={found.length === 0}
      >
        {found.map((one, at) => (
          <li
            key={at}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === marked.value}
            // Before the box loses the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              choose(one);
            }}
          >
            <Shown one={one} />
          </li>
        ))}
      </ul>
      {faults.length > 0 && !(open.value && found.length > 0) && (
        <p class="search-fault" id={`${id}-fault`} role="status">
          {faults.map(({ why, term }) => t(`search.fault.${why}`, { term })).join(' ')}
        </p>
      )}
    </div>
  );
}

function exactly(found: readonly Suggestion[], text: string): Suggestion | undefined {
  const wanted = text.trim().replace(/^\w+:/, '').toLowerCase();
  return found.find(
    (one) =>
      one.kind === 'thing' && [one.id.toLowerCase(), one.name.toLowerCase()].includes(wanted),
  );
}

function Shown({ one }: { one: Suggestion }) {
  if (one.kind === 'term') return <bdi class="search-term">{one.shown}</bdi>;
  return (
    <>
      <span class="search-kind">{t(`thing.${one.thing}`)}</span> <bdi>{one.name}</bdi>
      {one.name !== one.id && <bdi class="quiet">{one.id}</bdi>}
      {city.value === null && <bdi class="quiet">{one.city}</bdi>}
    </>
  );
}
