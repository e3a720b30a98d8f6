/**
 * The map as a component: an element for the stage, buttons, the legend. Everything that is shown
 * here stands in a table, too (`tables/`).
 */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import type { Way } from './counters.ts';
import { Legend } from './Legend.tsx';
import { openStage } from './open.ts';
import type { MapEvents, MapSources } from './sources.ts';
import type { Stage } from './stage.ts';

import './map.css';

interface Props {
  /** Both are read once, when the map is mounted: give the same ones at each rendering. */
  readonly sources: MapSources;
  readonly events: MapEvents;
  /** How couriers are drawn; the best way here, if it is not said. */
  readonly way?: Way;
  /** Is given the stage when it is there, null when it goes. */
  readonly opened?: (stage: Stage | null) => void;
}

export function CityMap({ sources, events, way, opened }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const stage = useSignal<Stage | null>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let gone = false;
    void openStage(element, sources, events, way).then((made) => {
      if (gone) {
        made.destroy();
        return;
      }
      stage.value = made;
      opened?.(made);
    });
    return () => {
      gone = true;
      opened?.(null);
      stage.peek()?.destroy();
      stage.value = null;
    };
  }, []);
  return (
    <div class="map">
      <div class="map-stage" ref={host} />
      <div class="map-cross" />
      <div class="map-buttons">
        <MapButton name={t('map.zoom_in')} path="M12 5v14M5 12h14" press={() => stage.peek()?.zoomBy(1)} />
        <MapButton name={t('map.zoom_out')} path="M5 12h14" press={() => stage.peek()?.zoomBy(-1)} />
        <MapButton
          name={t('map.whole')}
          path="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"
          press={() => stage.peek()?.fit()}
        />
      </div>
      <Legend sources={sources} />
      {stage.value !== null && <Notes stage={stage.value} sources={sources} />}
    </div>
  );
}

/** What there is to be said of the map itself. */
function Notes({ stage, sources }: { stage: Stage; sources: MapSources }) {
  const basemap = stage.basemap.value;
  const of = stage.thinned.value;
  return (
    <div class="map-notes">
      {sources.localTime.value !== null && <p class="map-note">{sources.localTime.value}</p>}
      {stage.counters.ground === 'canvas2d' && <p class="map-note">{t('map.simple')}</p>}
      {of > 1 && <p class="map-note">{t('map.thinned', { of })}</p>}
      {(basemap === 'gone' || basemap === 'gaps') && (
        <p class="map-note" role="status">
          {t(`map.basemap.${basemap}`)}
        </p>
      )}
    </div>
  );
}

function MapButton({ name, path, press }: { name: string; path: string; press: () => void }) {
  return (
    <button type="button" aria-label={name} title={name} onClick={press}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}
