/**
 * The frame of the page: its regions as landmarks. What stands in them comes from the folders of
 * the same names; nothing is fetched here.
 */

import { useEffect } from 'preact/hooks';

import { Alerts } from '../alerts/Alerts.tsx';
import { Dialogs } from '../alerts/Dialogs.tsx';
import { Detail } from '../detail/Detail.tsx';
import { startNoting } from '../figures/load.ts';
import { startSampling } from '../figures/sampling.ts';
import { Strip } from '../figures/Strip.tsx';
import { t } from '../i18n/index.ts';
import { connection, selection, shownCity, silentFeeds } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { Banner } from './Banner.tsx';

export function App() {
  const title = t('app.title');
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => startSampling(), []);
  useEffect(() => startNoting(), []);
  // Of a silent feed the picture is as old as of a lost connection.
  const silent = useLive(() => {
    const shown = shownCity.value;
    return silentFeeds.value.some((feed) => shown === null || feed.city === shown);
  }, []);
  return (
    <div
      class="frame"
      data-connection={connection.value.state}
      data-feeds={silent.value ? 'silent' : 'heard'}
    >
      <a class="skip" href="#alerts">
        {t('region.skip_to_alerts')}
      </a>
      <header class="frame-strip" id="strip" aria-label={t('region.figures')}>
        <h1 class="visually-hidden">{t('app.name')}</h1>
        <Strip />
      </header>
      <div class="frame-banner">
        <Banner />
      </div>
      <main class="frame-map" id="map" aria-label={t('region.map')} />
      <aside
        class="frame-detail"
        id="detail"
        aria-label={t('region.detail')}
        hidden={selection.value === null}
      >
        <Detail />
      </aside>
      <aside class="frame-alerts" id="alerts" aria-label={t('region.alerts')} tabIndex={-1}>
        <Alerts />
      </aside>
      <Dialogs />
    </div>
  );
}
