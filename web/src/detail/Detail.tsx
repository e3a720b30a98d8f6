/**
 * The panel of what is looked at: a zone, venue, order, courier, alert or action, with the very
 * things behind its figures. One can go back the way one came; Escape closes it.
 */

import { useEffect, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { selection, type Selection } from '../model/signals.ts';
import { Button } from '../parts/Button.tsx';
import { useLive } from '../parts/live.ts';
import { ActionDetail } from './ActionDetail.tsx';
import { AlertDetail } from './AlertDetail.tsx';
import { CourierDetail } from './CourierDetail.tsx';
import { OrderDetail } from './OrderDetail.tsx';
import { titleOf } from './title.ts';
import { VenueDetail } from './VenueDetail.tsx';
import { CityDetail } from './CityDetail.tsx';
import { ZoneDetail } from './ZoneDetail.tsx';
import { came, goBack, canGoBack } from './way.ts';

import './detail.css';

export function Detail() {
  const now = selection.value;
  const panel = useRef<HTMLDivElement>(null);
  const key = now === null ? '' : `${now.kind} ${now.city} ${now.id}`;
  useEffect(() => {
    came(now);
    panel.current?.closest('.frame-detail')?.scrollTo({ top: 0 });
  }, [key]);
  if (now === null) return null;
  return (
    <div
      class="detail"
      ref={panel}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <header class="detail-head">
        {canGoBack.value && (
          <Button kind="quiet" onPress={goBack} label={t('detail.back')}>
            <span class="arrow-back" aria-hidden="true" />
          </Button>
        )}
        <h2>
          <span class="detail-kind">{t(`thing.${now.kind}`)}</span> <Title key={key} of={now} />
        </h2>
        <Button kind="quiet" onPress={close} label={t('detail.close')}>
          <span class="cross" aria-hidden="true">
            ×
          </span>
        </Button>
      </header>
      <Body key={key} of={now} />
    </div>
  );
}

function Title({ of }: { of: Selection }) {
  const title = useLive(() => titleOf(of), [of]);
  return <bdi>{title}</bdi>;
}

function close(): void {
  selection.value = null;
}

function Body({ of: { kind, city, id } }: { of: Selection }) {
  switch (kind) {
    case 'zone':
      return <ZoneDetail city={city} id={id} />;
    case 'venue':
      return <VenueDetail city={city} id={id} />;
    case 'order':
      return <OrderDetail city={city} id={id} />;
    case 'courier':
      return <CourierDetail city={city} id={id} />;
    case 'alert':
      return <AlertDetail city={city} id={id} />;
    case 'action':
      return <ActionDetail city={city} id={id} />;
    case 'city':
    case 'stream':
      return <CityDetail city={city} />;
  }
}
