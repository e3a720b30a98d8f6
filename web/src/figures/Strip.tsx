/**
 * The figures of the city that is looked at, large, with how each went; of all cities as a small
 * table. How old each feed is stands beside them.
 */

import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { cityName } from '../model/names.ts';
import { cities, clock, shownCity } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { FIGURES, figureIn, TONES, type FigureName } from './city.ts';
import { CityChoice } from './CityChoice.tsx';
import { CityTable } from './CityTable.tsx';
import { FeedAges } from './FeedAges.tsx';
import { loadOf, responseWords } from './load.ts';
import { cityKey } from './keys.ts';
import { Sparkline } from './Sparkline.tsx';

import './figures.css';

export function Strip() {
  const slugs = [...cities.value.keys()];
  const shown = shownCity.value ?? (slugs.length === 1 ? (slugs[0] ?? null) : null);
  return (
    <div class="strip">
      {shown === null ? (
        <CityTable slugs={slugs} />
      ) : (
        <>
          {slugs.length > 1 && <CityChoice slugs={slugs} shown={shown} />}
          {slugs.length === 1 && <p class="strip-city">{cityName(shown)}</p>}
          <dl class="figures">
            {FIGURES.map((name) => (
              <Figure key={name} city={shown} name={name} />
            ))}
            {clock.value.mode === 'live' && <Load city={shown} />}
          </dl>
          <FeedAges city={shown} />
        </>
      )}
    </div>
  );
}

function Figure({ city, name }: { city: string; name: FigureName }) {
  const value = useLive(() => figureIn(city, name), [city, name]);
  const tone = (value.value ?? 0) > 0 ? TONES[name] : undefined;
  return (
    <div class={`figure ${tone === undefined ? '' : `figure-${tone}`}`}>
      <dt>{t(`figure.${name}`)}</dt>
      <dd>
        <span class="figure-value">{value.value === null ? '–' : number(value.value)}</span>
        <Sparkline of={cityKey(city, name)} write={(one) => number(one)} />
      </dd>
    </div>
  );
}

/** How much there is for each watcher, and how soon it is taken. */
function Load({ city }: { city: string }) {
  const load = useLive(() => loadOf(city), [city]);
  const { fired, each, people, taken } = load.value;
  return (
    <>
      <div class="figure" title={t('figure.load_hint', { fired, people })}>
        <dt>{t('figure.load')}</dt>
        <dd>
          <span class="figure-value">{number(each, each < 10 && each % 1 !== 0 ? 1 : 0)}</span>
          <span class="figure-more">{t('figure.load_more', { fired })}</span>
        </dd>
      </div>
      <div class="figure">
        <dt>{t('figure.response')}</dt>
        <dd>
          <span class="figure-value">{responseWords(load.value)}</span>
          <span class="figure-more">{t('figure.response_more', { taken, fired })}</span>
        </dd>
      </div>
    </>
  );
}
