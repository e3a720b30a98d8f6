/** What a watcher must not overlook: a lost or silent connection, silent feeds. */

import { clockTime, duration } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName } from '../i18n/named.ts';
import { cityName } from '../model/names.ts';
import { connection, silentFeeds, tick } from '../model/signals.ts';
import { session } from '../model/session.ts';

import './banner.css';

export function Banner() {
  const feeds = silentFeeds.value;
  return (
    <div role="status" aria-live="polite">
      <ConnectionLine />
      {feeds.length > 0 && (
        <p class="banner banner-quiet">
          {t('feed.silent', { feeds: feeds.map((one) => `${cityName(one.city)}: ${feedName(one.feed)}`).join(', ') })}
        </p>
      )}
    </div>
  );
}

function ConnectionLine() {
  const { state, since, heardAt, retryAt, reason, refused } = connection.value;
  if (state === 'live') return null;
  if (state === 'connecting') return <p class="banner banner-quiet">{t('connection.connecting')}</p>;
  const now = tick.value;
  if (state === 'stale') {
    const age = duration((now - (heardAt ?? since)) / 1000);
    return <p class="banner">{t('connection.stale', { age })}</p>;
  }
  if (refused) return <p class="banner">{t('connection.refused', { reason: reason ?? '' })}</p>;
  const wait = duration(retryAt === null ? 0 : (retryAt - now) / 1000);
  return (
    <p class="banner">
      {t('connection.gone', { time: clockTime(heardAt ?? since), wait })}
      <button type="button" onClick={() => session.retry()}>
        {t('connection.retry')}
      </button>
    </p>
  );
}
