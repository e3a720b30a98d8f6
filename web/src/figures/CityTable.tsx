/** All cities at a glance: a row each; press a name to look at that city. */

import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName } from '../i18n/named.ts';
import { cityName } from '../model/names.ts';
import { feedAges, shownCity } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { FIGURES, figureIn, TONES, type FigureName } from './city.ts';
import { loadOf, responseWords } from './load.ts';

export function CityTable({ slugs }: { slugs: readonly string[] }) {
  return (
    <div class="city-table-view" role="region" aria-label={t('strip.table')} tabIndex={0}>
      <table class="city-table">
        <caption class="visually-hidden">{t('strip.table')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('field.city')}</th>
            {FIGURES.map((name) => (
              <th scope="col" key={name}>
                {t(`figure.${name}`)}
              </th>
            ))}
            <th scope="col">{t('figure.load')}</th>
            <th scope="col">{t('figure.response')}</th>
            <th scope="col">{t('strip.feeds')}</th>
          </tr>
        </thead>
        <tbody>
          {slugs.map((slug) => (
            <CityRow key={slug} slug={slug} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CityRow({ slug }: { slug: string }) {
  const load = useLive(() => loadOf(slug), [slug]);
  const silent = useLive(
    () =>
      feedAges.value
        .filter((feed) => feed.city === slug && feed.silent)
        .map((feed) => feedName(feed.feed))
        .join(', '),
    [slug],
  );
  return (
    <tr>
      <th scope="row">
        <button type="button" class="pick" onClick={() => (shownCity.value = slug)}>
          <bdi>{cityName(slug)}</bdi>
        </button>
      </th>
      {FIGURES.map((name) => (
        <Cell key={name} city={slug} name={name} />
      ))}
      <td>{number(load.value.each)}</td>
      <td>{responseWords(load.value)}</td>
      <td class={silent.value === '' ? 'quiet' : 'feed-silent'}>
        {silent.value === '' ? t('feed.all_heard') : t('feed.some_silent', { feeds: silent.value })}
      </td>
    </tr>
  );
}

function Cell({ city, name }: { city: string; name: FigureName }) {
  const value = useLive(() => figureIn(city, name), [city, name]);
  const tone = (value.value ?? 0) > 0 ? TONES[name] : undefined;
  return (
    <td class={tone === undefined ? undefined : `figure-${tone}`}>
      <span class="figure-cell">{value.value === null ? '–' : number(value.value)}</span>
    </td>
  );
}
