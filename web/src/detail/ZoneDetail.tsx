/** A zone: its figures and how they went, who is pushed there, all that is behind the figures. */

import { duration, number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName } from '../i18n/named.ts';
import { waitOf } from '../alerts/reason.ts';
import { ActionRow } from '../alerts/ActionRow.tsx';
import { PushButton } from '../alerts/Card.tsx';
import { zoneKey } from '../figures/keys.ts';
import { useZonePast } from '../figures/past.ts';
import { Sparkline } from '../figures/Sparkline.tsx';
import { session } from '../model/session.ts';
import { cityModel, clock, may, serverNow } from '../model/signals.ts';
import { Fault } from '../parts/Fault.tsx';
import { useLive } from '../parts/live.ts';
import { usePolled } from '../parts/polled.ts';
import { byNeed, byStatus, byTrouble, zoneFromModel } from './behind.ts';
import { Fact, Facts } from './Facts.tsx';
import { AlertSection, CourierRow, OrderRow, Section, VenueRow } from './Rows.tsx';

const EVERY_MS = 2_000;

export function ZoneDetail({ city, id }: { city: string; id: string }) {
  return (
    <>
      <ZoneFigures city={city} id={id} />
      {may('watcher') && (
        <p class="buttons">
          <PushButton city={city} of="zone" id={id} />
        </p>
      )}
      <Pushes city={city} id={id} />
      <ZoneAlerts city={city} id={id} />
      <Behind city={city} id={id} />
    </>
  );
}

function ZoneFigures({ city, id }: { city: string; id: string }) {
  useZonePast(city, id);
  const row = useLive(() => cityModel(city).zones.get(id), [city, id]);
  const wait = useLive(() => {
    const zone = cityModel(city).zones.get(id);
    return zone === undefined ? '' : duration(waitOf(zone, serverNow.value));
  }, [city, id]);
  const zone = row.value;
  if (zone === undefined) return <p class="quiet">{t('detail.gone')}</p>;
  const ratio = (value: number): string => number(value, 2);
  return (
    <>
      {zone.stale.length > 0 && (
        <p class="plan-hindered">
          {t('plan.stale', { feeds: zone.stale.map(feedName).join(', ') })}
        </p>
      )}
      <Facts>
        <Fact name={t('zone.ratio')}>
          <strong>{ratio(zone.ratio)}</strong>{' '}
          <Sparkline of={zoneKey(city, id, 'ratio')} write={ratio} wide />
        </Fact>
        <Fact name={t('zone.wait')}>
          <strong>{wait}</strong>{' '}
          <Sparkline of={zoneKey(city, id, 'wait')} write={(value) => duration(value)} wide />
        </Fact>
        <Fact name={t('figure.open')}>{number(zone.open)}</Fact>
        <Fact name={t('figure.waiting')}>{number(zone.waiting)}</Fact>
        <Fact name={t('figure.idle')}>{number(zone.idle)}</Fact>
        <Fact name={t('figure.busy')}>{number(zone.busy)}</Fact>
        <Fact name={t('zone.clear')}>
          {zone.clear_min === null ? '–' : duration(zone.clear_min * 60)}
        </Fact>
        {zone.pushing !== null && (
          <Fact name={t('zone.pushing')}>
            {t('zone.pushing_words', zone.pushing as unknown as Record<string, number>)}
          </Fact>
        )}
      </Facts>
    </>
  );
}

/** Living and fresh pushes to the zone. */
function Pushes({ city, id }: { city: string; id: string }) {
  const found = useLive(
    () =>
      cityModel(city)
        .actions.all()
        .filter(
          ({ kind, subject }) =>
            kind === 'push_couriers' && subject.kind === 'zone' && subject.id === id,
        )
        .sort((a, b) => b.created_ts - a.created_ts),
    [city, id],
  );
  if (found.value.length === 0) return null;
  return (
    <section class="section">
      <h3>{t('detail.pushes')}</h3>
      {found.value.map((action) => (
        <ActionRow key={action.id} action={action} />
      ))}
    </section>
  );
}

function ZoneAlerts({ city, id }: { city: string; id: string }) {
  const found = useLive(
    () =>
      cityModel(city)
        .alerts.all()
        .filter((alert) => alert.about['zone'] === id),
    [city, id],
  );
  return <AlertSection alerts={found.value} within="zone" />;
}

/** The orders, couriers and venues that the figures count. */
function Behind({ city, id }: { city: string; id: string }) {
  const live = clock.value.mode === 'live';
  const read = () => session.api.zone(city, id);
  const { value, fault } = usePolled(live ? `${city} ${id}` : null, read, EVERY_MS);
  const recorded = useLive(
    () =>
      clock.value.mode === 'live' ? null : zoneFromModel(cityModel(city), id, serverNow.value),
    [city, id],
  );
  const found = value ?? recorded.value;
  if (found === null)
    return fault === null ? <p class="quiet">{t('list.loading')}</p> : <Fault of={fault} />;
  const now = serverNow.peek();
  return (
    <>
      <Section
        title={t('thing.orders')}
        items={found.orders.toSorted(byNeed(now))}
        total={Math.max(found.orders.length, found.zone.open)}
        keyOf={(order) => order.order_id}
        row={(order) => <OrderRow city={city} order={order} />}
      />
      <Section
        title={t('thing.couriers')}
        items={found.couriers.toSorted(byStatus)}
        keyOf={(courier) => courier.courier_id}
        row={(courier) => <CourierRow city={city} courier={courier} />}
      />
      <Section
        title={t('thing.venues')}
        items={found.venues.toSorted(byTrouble)}
        total={found.venue_count}
        keyOf={(venue) => venue.venue_id}
        row={(venue) => <VenueRow city={city} venue={venue} />}
      />
    </>
  );
}
