/**
 * The frame of the page: its regions as landmarks. What stands in them comes from the folders of
 * the same names; nothing is fetched here.
 */

import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { Alerts } from '../alerts/Alerts.tsx';
import { Dialogs } from '../alerts/Dialogs.tsx';
import { Overview } from '../cities/Overview.tsx';
import { Detail } from '../detail/Detail.tsx';
import { startNoting } from '../figures/load.ts';
import { startSampling } from '../figures/sampling.ts';
import { Strip } from '../figures/Strip.tsx';
import { t } from '../i18n/index.ts';
import { events, feedMap, sources } from '../map/connect.ts';
import { CityMap } from '../map/Map.tsx';
import {
  cities,
  clock,
  connection,
  mainView,
  me,
  page,
  pane,
  selection,
  shownCity,
  silentFeeds,
} from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { ReplayBar } from '../replay/ReplayBar.tsx';
import { Tables } from '../tables/Tables.tsx';
import { Bar } from '../ways/Bar.tsx';
import { Help } from '../ways/Help.tsx';
import { Panes } from '../ways/Panes.tsx';
import { Settings } from '../ways/Settings.tsx';
import { SignIn } from '../ways/SignIn.tsx';
import { Banner } from './Banner.tsx';

/** What is known of the cities is read, and shown, only when it may be. */
const mayLook = computed(() => me.value !== null || page.value?.sign_in === false);

/** Several cities, and none of them is looked at. */
const atAGlance = computed(() => shownCity.value === null && cities.value.size > 1);

export function App() {
  const title = t('app.title');
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => startSampling(), []);
  const open = mayLook.value;
  useEffect(() => (open ? startNoting() : undefined), [open]);
  useEffect(() => (open ? feedMap() : undefined), [open]);
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
      data-clock={clock.value.mode}
      data-pane={pane.value}
    >
      <a class="skip" href="#alerts">
        {t('region.skip_to_alerts')}
      </a>
      <header class="frame-bar">
        <h1 class="visually-hidden">{t('app.name')}</h1>
        <Bar />
      </header>
      <div class="frame-banner">
        <Banner />
        <ReplayBar />
      </div>
      {open && <Regions />}
      <Panes />
      <Dialogs />
      <Settings />
      <Help />
      <SignIn />
    </div>
  );
}

/** The regions of what is watched. */
function Regions() {
  return (
    <main class="frame-main">
      <section class="frame-strip" id="strip" aria-label={t('region.figures')} tabIndex={-1}>
        <Strip />
      </section>
      <section class="frame-map" id="map" aria-label={t(`region.${mainView.value}`)} tabIndex={-1}>
        <div class="frame-view" hidden={mainView.value !== 'map' || atAGlance.value}>
          <CityMap sources={sources} events={events} />
        </div>
        {mainView.value === 'map' && atAGlance.value && <Overview />}
        {mainView.value === 'tables' && <Tables />}
      </section>
      <section
        class="frame-detail"
        id="detail"
        aria-label={t('region.detail')}
        hidden={selection.value === null}
      >
        <Detail />
      </section>
      <section class="frame-alerts" id="alerts" aria-label={t('region.alerts')} tabIndex={-1}>
        <Alerts />
      </section>
    </main>
  );
}
