/**
 * All that the map shows, as tables: for those who do not see it, and where figures are compared.
 * The search narrows them as it does the map. Figures are read anew once a second.
 */

import { untracked, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { fleet } from '../map/connect.ts';
import type { CityModel } from '../model/city.ts';
import { city, clock, serverNow, tick } from '../model/signals.ts';
import { session } from '../model/session.ts';
import { STATUSES } from '../model/couriers.ts';
import { Fault } from '../parts/Fault.tsx';
import { usePolled } from '../parts/polled.ts';
import { status } from '../replay/replay.ts';
import { meantVenues, meantZones, query, shownNames } from '../ways/found.ts';
import { factsOfCourier, factsOfOrder, holds } from '../ways/matching.ts';
import { CARRYING, EMPTY, NO_PLACE, SILENT, STATUS_BITS } from '../wire/frames.ts';
import {
  COURIERS,
  orderColumns,
  venueColumns,
  ZONES,
  type CourierRow,
  type NameOf,
} from './columns.ts';
import { DataTable } from './DataTable.tsx';

import './tables.css';

const KINDS = ['zones', 'venues', 'couriers', 'orders'] as const;
const ORDERS_EVERY_MS = 3_000;
const ORDERS_MOST = 1_000;

export function Tables() {
  const kind = useSignal<(typeof KINDS)[number]>('zones');
  const model = city.value;
  return (
    <div class="tables">
      <div class="tables-head" role="group" aria-label={t('tables.choose')}>
        {KINDS.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={kind.value === one}
            onClick={() => (kind.value = one)}
          >
            {t(`tables.${one}`)}
          </button>
        ))}
      </div>
      {model === null && <p class="table-none quiet">{t('tables.no_city')}</p>}
      {model !== null && kind.value === 'zones' && <Zones model={model} />}
      {model !== null && kind.value === 'venues' && <Venues model={model} />}
      {model !== null && kind.value === 'couriers' && <Couriers model={model} />}
      {model !== null && kind.value === 'orders' && <Orders model={model} />}
    </div>
  );
}

/** Drawn again once a second; in a recorded day with its clock, and when another moment is there. */
function useBeat(): string | number {
  if (clock.value.mode === 'live') return tick.value;
  return `${Math.floor(clock.value.at / 1_000)} ${status.value?.loading}`;
}

function useNames(model: CityModel): { readonly zone: NameOf; readonly venue: NameOf } {
  return useMemo(
    () => ({
      zone: (id) => (id === null ? null : model.zones.peek(id)?.name || id),
      venue: (id) => (id === null ? null : model.venues.peek(id)?.name || id),
    }),
    [model],
  );
}

function Zones({ model }: { model: CityModel }) {
  const beat = useBeat();
  const rows = useMemo(() => {
    const only = meantZones.peek();
    return peekAll(model.zones).filter((zone) => only === null || only.has(zone.zone_id));
  }, [model, beat, query.value]);
  return (
    <DataTable
      label={t('tables.zones')}
      columns={ZONES}
      rows={rows}
      keyOf={(zone) => zone.zone_id}
      kind="zone"
      city={model.slug}
      begin={{ column: 'ratio', descending: true }}
    />
  );
}

function Venues({ model }: { model: CityModel }) {
  const beat = useBeat();
  const names = useNames(model);
  const rows = useMemo(() => {
    const only = meantVenues.peek();
    return peekAll(model.venues).filter((venue) => only === null || only.has(venue.venue_id));
  }, [model, beat, query.value]);
  const columns = useMemo(() => venueColumns(names.zone), [names]);
  return (
    <DataTable
      label={t('tables.venues')}
      columns={columns}
      rows={rows}
      keyOf={(venue) => venue.venue_id}
      kind="venue"
      city={model.slug}
      begin={{ column: 'overdue', descending: true }}
    />
  );
}

function Couriers({ model }: { model: CityModel }) {
  const beat = useBeat();
  const rows = useMemo(() => courierRows(serverNow.peek()), [model, beat, query.value]);
  return (
    <DataTable
      label={t('tables.couriers')}
      columns={COURIERS}
      rows={rows}
      keyOf={(courier) => courier.id}
      kind="courier"
      city={model.slug}
      begin={{ column: 'id', descending: false }}
    />
  );
}

/** The couriers of the columns that the search means. */
function courierRows(now: number): CourierRow[] {
  const { columns } = fleet;
  const asked = query.peek();
  const names = shownNames.peek();
  const rows: CourierRow[] = [];
  for (let slot = 0; slot < columns.size; slot++) {
    const told = columns.status[slot] ?? EMPTY;
    const id = columns.idAt(slot);
    const status = STATUSES[told & STATUS_BITS];
    if (id === null || status === undefined) continue;
    const silent = (told & SILENT) !== 0;
    if (
      asked.terms.length > 0 &&
      !holds(asked, 'courier', factsOfCourier({ id, status, silent }, names))
    ) {
      continue;
    }
    const hasPlace = (told & NO_PLACE) === 0;
    const age = hasPlace ? (columns.age(slot, now) * columns.stageMs) / 1_000 : null;
    rows.push({ id, status, silent, carrying: (told & CARRYING) !== 0, age });
  }
  return rows;
}

function Orders({ model }: { model: CityModel }) {
  const beat = useBeat();
  const names = useNames(model);
  const isLive = clock.value.mode === 'live';
  // A whole city's orders are too many to be watched by every page: open ones are read over HTTP.
  const { value, fault } = usePolled(
    isLive ? model.slug : null,
    () => session.api.orders(model.slug, { open: true, limit: ORDERS_MOST }),
    ORDERS_EVERY_MS,
  );
  const held = isLive ? value?.items : undefined;
  const rows = useMemo(() => {
    const all = isLive ? (held ?? []) : peekAll(model.orders).filter((order) => order.open);
    const asked = query.peek();
    const known = shownNames.peek();
    return all.filter((order) => holds(asked, 'order', factsOfOrder(order, known)));
  }, [model, isLive ? held : beat, query.value]);
  const columns = useMemo(() => orderColumns(names.zone, names.venue), [names]);
  const isCut = value !== null && value.total > value.items.length;
  return (
    <>
      <Fault of={isLive ? fault : null} />
      <DataTable
        label={t('tables.orders')}
        columns={columns}
        rows={rows}
        keyOf={(order) => order.order_id}
        kind="order"
        city={model.slug}
        begin={{ column: 'late', descending: true }}
        {...(isLive && isCut ? { total: value.total } : {})}
      />
    </>
  );
}

/** The rows of a table without following it: it changes ten times a second. */
function peekAll<T>(table: { all(): T[] }): T[] {
  return untracked(() => table.all());
}
