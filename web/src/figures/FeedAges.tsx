/** How old each feed of a city is, in stages with a shape and a word; silent ones stand out. */

import { duration } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName } from '../i18n/named.ts';
import { connection, feedAges, type FeedAge } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { stageOf, type Stage } from './stage.ts';

/** Of these stages the age itself is the word. */
const SAID: readonly Stage[] = ['none', 'silent'];

export function FeedAges({ city }: { city: string }) {
  const names = useLive(
    () =>
      feedAges.value
        .filter((feed) => feed.city === city)
        .map((feed) => feed.feed)
        .join(),
    [city],
  );
  if (names.value === '') return null;
  return (
    <ul class="feeds" aria-label={t('strip.feeds')}>
      {names.value.split(',').map((feed) => (
        <Feed key={feed} city={city} feed={feed} />
      ))}
    </ul>
  );
}

function Feed({ city, feed }: { city: string; feed: string }) {
  const words = useLive(() => {
    const found = feedAges.value.find((one) => one.city === city && one.feed === feed);
    return found === undefined ? null : ageWords(found);
  }, [city, feed]);
  const stage = useLive(() => {
    const found = feedAges.value.find((one) => one.city === city && one.feed === feed);
    return found === undefined ? 'none' : stageOf(found, connection.value.state);
  }, [city, feed]);
  return (
    <li class={`feed-age feed-${stage.value}`}>
      <span class="feed-dot" aria-hidden="true" />
      {feedName(feed)} <span class="feed-words">{words}</span>
      {!SAID.includes(stage.value) && (
        <span class="visually-hidden"> {t(`feed.stage.${stage.value}`)}</span>
      )}
    </li>
  );
}

function ageWords({ ageS, silent }: FeedAge): string {
  if (ageS === null) return t('feed.stage.none');
  const age = duration(ageS);
  return silent ? t('feed.age_silent', { age }) : age;
}
