/** A venue: how far behind its kitchen is, whether it is heard, who paused it and until when. */

import { duration, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ActionRow } from '../alerts/ActionRow.tsx';
import { PauseButton } from '../alerts/Card.tsx';
import { TroubleLine } from '../alerts/TroubleLine.tsx';
import { venueKey } from '../figures/keys.ts';
import { Sparkline } from '../figures/Sparkline.tsx';
import { isQuiet } from '../map/venues.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cityModel, clock, may, serverNow } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { Fault } from '../parts/Fault.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { Venue } from '../wire/types.ts';
import { byNeed } from './behind.ts';
import { Fact, Facts } from './Facts.tsx';
import { AlertSection, OrderRow, ROWS_SHOWN, Section } from './Rows.tsx';

const EVERY_MS = 3_000;

export function VenueDetail({ city, id }: { city: string; id: string }) {
  const row = useLive(() => cityModel(city).venues.get(id), [city, id]);
  const silent = useLive(() => isQuiet(row.value, serverNow.value), [row]);
  const venue = row.value;
  if (venue === undefined) return <p class="quiet">{t('detail.gone')}</p>;
  return (
    <>
      <Pause venue={venue} />
      <Facts>
        <Fact name={t('venue.status')}>
          {t(`map.venue.${venue.status}`)}
          {silent.value && (
            <>
              {' · '}
              <strong class="late">{t('map.venue.silent')}</strong>
            </>
          )}
          {venue.until_ts !== null && venue.until_ts > serverNow.peek() && (
            <> {t('venue.until', { time: duration((venue.until_ts - serverNow.peek()) / 1000) })}</>
          )}
        </Fact>
        <Fact name={t('venue.heartbeat')}>
          {venue.heartbeat_ts === null ? t('venue.never_heard') : <Ago ts={venue.heartbeat_ts} />}
        </Fact>
        <Fact name={t('venue.overrun')}>
          {venue.mean_overrun_min === null ? '–' : late(venue.mean_overrun_min)}{' '}
          <Sparkline of={venueKey(city, id, 'overrun')} write={late} wide />
        </Fact>
        <Fact name={t('venue.overdue_now')}>
          {number(venue.overdue)}{' '}
          <Sparkline of={venueKey(city, id, 'overdue')} write={(value) => number(value)} wide />
        </Fact>
        <Fact name={t('figure.open')}>{number(venue.open_orders)}</Fact>
        <Fact name={t('venue.prep')}>
          {venue.prep_minutes === null ? '–' : duration(venue.prep_minutes * 60)}
        </Fact>
        {venue.zone_id !== null && (
          <Fact name={t('field.zone')}>
            <Pick
              kind="zone"
              city={city}
              id={venue.zone_id}
              name={nameOf(city, 'zone', venue.zone_id)}
            />
          </Fact>
        )}
      </Facts>
      {may('watcher') && (
        <p class="buttons">
          <PauseButton city={city} venue={id} />
        </p>
      )}
      <TroubleLine about={id} />
      <Pauses city={city} id={id} />
      <VenueAlerts city={city} id={id} />
      <Orders city={city} id={id} />
    </>
  );
}

function late(minutes: number): string {
  return minutes < 0
    ? t('venue.early', { by: duration(-minutes * 60) })
    : t('order.late', { by: duration(minutes * 60) });
}

/** Our pause of it, and when it ends by itself. */
function Pause({ venue: { paused_by } }: { venue: Venue }) {
  const until = paused_by?.until_ts ?? null;
  const left = useLive(
    () => (until === null ? '' : duration((until - serverNow.value) / 1000)),
    [until],
  );
  if (paused_by === null) return null;
  return (
    <p class="paused">
      {until === null ? t('venue.paused') : t('venue.resumes', { left: left.value })}
    </p>
  );
}

function Pauses({ city, id }: { city: string; id: string }) {
  const found = useLive(
    () =>
      cityModel(city)
        .actions.all()
        .filter(({ subject }) => subject.kind === 'venue' && subject.id === id)
        .sort((a, b) => b.created_ts - a.created_ts),
    [city, id],
  );
  if (found.value.length === 0) return null;
  return (
    <section class="section">
      <h3>{t('detail.actions')}</h3>
      {found.value.map((action) => (
        <ActionRow key={action.id} action={action} />
      ))}
    </section>
  );
}

function VenueAlerts({ city, id }: { city: string; id: string }) {
  const found = useLive(
    () =>
      cityModel(city)
        .alerts.all()
        .filter((alert) => alert.about['venue'] === id),
    [city, id],
  );
  return <AlertSection alerts={found.value} within="venue" />;
}

function Orders({ city, id }: { city: string; id: string }) {
  const live = clock.value.mode === 'live';
  const read = () => session.api.orders(city, { venue: id, open: true, limit: ROWS_SHOWN });
  const { value, fault } = usePolled(live ? `${city} ${id}` : null, read, EVERY_MS);
  const recorded = live
    ? null
    : cityModel(city)
        .orders.all()
        .filter((order) => order.open && order.venue_id === id);
  const items = value?.items ?? recorded;
  if (items === null) return <Fault of={fault} />;
  return (
    <Section
      title={t('thing.orders')}
      items={items.toSorted(byNeed(serverNow.peek()))}
      total={value?.total ?? items.length}
      keyOf={(order) => order.order_id}
      row={(order) => <OrderRow city={city} order={order} place={false} />}
    />
  );
}
