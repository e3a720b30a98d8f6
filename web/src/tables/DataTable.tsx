/**
 * A table: sorted by its columns' buttons, in pages, a row at a press. Figures follow; the order
 * holds still while a mouse or the focus is in it.
 */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

import { number } from '../i18n/format.ts';
import { language, t, type Key } from '../i18n/index.ts';
import { selection, type ThingKind } from '../model/signals.ts';
import { held, pageOf, sorted, turned, type Order, type Sortable } from './sorting.ts';

const PAGE = 100;

export interface Column<T> {
  readonly name: string;
  readonly title: Key;
  /** What it is sorted by. */
  readonly value: (row: T) => Sortable;
  /** What is shown; what it is sorted by where this is left out. */
  readonly cell?: (row: T) => ComponentChildren;
  readonly number?: boolean;
  /** The greatest first, at the first press. */
  readonly descending?: boolean;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly kind: ThingKind;
  readonly city: string;
  readonly begin: Order;
  /** How many there are, where not all of them are here. */
  readonly total?: number;
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, keyOf, kind, city, begin } = props;
  const order = useSignal(begin);
  const page = useSignal(0);
  const isHeld = useSignal(false);
  const before = useRef<{ readonly view: string; readonly keys: readonly string[] }>({
    view: '',
    keys: [],
  });
  const { column, descending } = order.value;
  const by = columns.find((one) => one.name === column) ?? columns[0];
  const view = `${column} ${descending} ${language.value}`;
  const keep = isHeld.value && before.current.view === view;
  const all =
    keep || by === undefined
      ? held(rows, before.current.keys, keyOf)
      : sorted(rows, by.value, descending, keyOf, language.value);
  before.current = { view, keys: all.map(keyOf) };
  const { from, to, pages } = pageOf(all.length, page.value, PAGE);
  const shown = all.slice(from, to);
  const chosen = selection.value;
  return (
    <>
      <div
        class="table-scroll"
        onPointerEnter={(event) => event.pointerType === 'mouse' && (isHeld.value = true)}
        onPointerLeave={() => (isHeld.value = false)}
        tabIndex={0}
        role="region"
        aria-label={props.label}
      >
        <table class="table">
          <caption class="visually-hidden">{props.label}</caption>
          <thead>
            <tr>
              {columns.map((one) => (
                <th
                  key={one.name}
                  scope="col"
                  class={one.number === true ? 'table-number' : undefined}
                  aria-sort={
                    one.name === column ? (descending ? 'descending' : 'ascending') : undefined
                  }
                >
                  <button
                    type="button"
                    onClick={() => {
                      order.value = turned(order.value, one.name, one.descending === true);
                      page.value = 0;
                    }}
                  >
                    {t(one.title)}
                    <span class="table-arrow" aria-hidden="true">
                      {one.name !== column ? '' : descending ? '▼' : '▲'}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => {
              const id = keyOf(row);
              const isChosen = chosen?.kind === kind && chosen.id === id && chosen.city === city;
              return (
                <tr
                  key={id}
                  class={isChosen ? 'table-chosen' : undefined}
                  onClick={() => (selection.value = { kind, city, id })}
                >
                  {columns.map((one, at) => (
                    <Cell
                      key={one.name}
                      column={one}
                      row={row}
                      first={at === 0}
                      isChosen={isChosen}
                    />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
        {shown.length === 0 && <p class="table-none quiet">{t('tables.none')}</p>}
      </div>
      <p class="table-foot">
        <span role="status">
          {t('tables.rows', {
            from: shown.length === 0 ? 0 : from + 1,
            to,
            count: Math.max(all.length, props.total ?? 0),
          })}
        </span>
        {pages > 1 && (
          <>
            <Turn
              off={from === 0}
              text={t('tables.before')}
              press={() => (page.value = from / PAGE - 1)}
            />
            <Turn
              off={to >= all.length}
              text={t('tables.next')}
              press={() => (page.value = from / PAGE + 1)}
            />
          </>
        )}
      </p>
    </>
  );
}

function Turn({ off, text, press }: { off: boolean; text: string; press: () => void }) {
  return (
    <button type="button" class="button" aria-disabled={off} onClick={() => !off && press()}>
      {text}
    </button>
  );
}

interface CellProps<T> {
  readonly column: Column<T>;
  readonly row: T;
  readonly first: boolean;
  readonly isChosen: boolean;
}

function Cell<T>({ column, row, first, isChosen }: CellProps<T>) {
  const plain = column.value(row);
  const shown = column.cell?.(row) ?? (typeof plain === 'number' ? number(plain) : plain) ?? '–';
  if (!first) {
    return (
      <td class={column.number === true ? 'table-number' : undefined}>
        <bdi>{shown}</bdi>
      </td>
    );
  }
  return (
    <th scope="row">
      <button type="button" class="pick" aria-current={isChosen ? 'true' : undefined}>
        <bdi>{shown}</bdi>
      </button>
    </th>
  );
}
