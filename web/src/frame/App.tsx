/**
 * The frame of the page: its regions as landmarks. What stands in them comes from the folders of
 * the same names; nothing is fetched here.
 */

import { useEffect } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { connection } from '../model/signals.ts';
import { Banner } from './Banner.tsx';

export function App() {
  const title = t('app.title');
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class="frame" data-connection={connection.value.state}>
      <a class="skip" href="#alerts">
        {t('region.skip_to_alerts')}
      </a>
      <header class="frame-strip" id="strip" aria-label={t('region.figures')}>
        <h1 class="visually-hidden">{t('app.name')}</h1>
      </header>
      <div class="frame-banner">
        <Banner />
      </div>
      <main class="frame-map" id="map" aria-label={t('region.map')} />
      <aside class="frame-detail" id="detail" aria-label={t('region.detail')} />
      <aside class="frame-alerts" id="alerts" aria-label={t('region.alerts')} tabIndex={-1} />
    </div>
  );
}
