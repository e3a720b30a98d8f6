/**
 * What a watcher must not overlook: a lost or silent connection, silent feeds. It is said aloud
 * once; the seconds that run in it are for the eye only.
 */

import { clockTime, duration } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName } from '../i18n/named.ts';
import { cityName } from '../model/names.ts';
import { connection, silentFeeds, tick } from '../model/signals.ts';
import { session } from '../model/session.ts';
import { useLive } from '../parts/live.ts';

import './banner.css';

export function Banner() {
  const feeds = useLive(
    () =>
      silentFeeds.value
        .map((one) => t('banner.feed', { city: cityName(one.city), feed: feedName(one.feed) }))
        .join(', '),
    [],
  );
  const silent = feeds.value === '' ? '' : t('feed.silent', { feeds: feeds.value });
  const state = connection.value.state;
  return (
    <>
      <p class="visually-hidden" role="status">
        {state === 'live' ? '' : t(`banner.${state}`)} {silent}
      </p>
      {(state !== 'live' || silent !== '') && (
        <section aria-label={t('banner.label')}>
          <ConnectionLine />
          {silent !== '' && (
            <p class="banner">
              <Stop /> {silent}
            </p>
          )}
        </section>
      )}
    </>
  );
}

function Stop() {
  return <span class="banner-stop" aria-hidden="true" />;
}

function ConnectionLine() {
  const { state, since, heardAt, retryAt, reason, refused } = connection.value;
  if (state === 'live') return null;
  if (state === 'connecting')
    return <p class="banner banner-quiet">{t('connection.connecting')}</p>;
  const now = tick.value;
  if (state === 'stale') {
    const age = duration((now - (heardAt ?? since)) / 1000);
    return (
      <p class="banner">
        <Stop /> {t('connection.stale', { age })}
      </p>
    );
  }
  if (refused) return <p class="banner">{t('connection.refused', { reason: reason ?? '' })}</p>;
  const wait = duration(retryAt === null ? 0 : (retryAt - now) / 1000);
  return (
    <p class="banner">
      <Stop /> {t('connection.gone', { time: clockTime(heardAt ?? since), wait })}
      <button type="button" onClick={() => session.retry()}>
        {t('connection.retry')}
      </button>
    </p>
  );
}
