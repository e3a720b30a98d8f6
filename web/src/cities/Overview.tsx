/**
 * All cities at a glance, where one city's map would be: a card each with its zones in small, what
 * fires and who waits. Press one to look at that city. Figures of all of them are in the strip.
 */

import { isMuted, SEVERITIES } from '../alerts/grouping.ts';
import { Shape } from '../alerts/Sign.tsx';
import { figureIn, type FigureName } from '../figures/city.ts';
import { number } from '../i18n/format.ts';
import { language, t } from '../i18n/index.ts';
import { localTime } from '../map/local_time.ts';
import { cityName } from '../model/names.ts';
import { cities, figures, serverNow, shownCity } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';
import { MiniMap } from './MiniMap.tsx';

import './overview.css';

const SHOWN: readonly FigureName[] = ['waiting', 'late', 'idle'];

export function Overview() {
  return (
    <ul class="overview" aria-label={t('strip.cities')}>
      {[...cities.value.keys()].map((slug) => (
        <li key={slug}>
          <CityCard slug={slug} />
        </li>
      ))}
    </ul>
  );
}

function CityCard({ slug }: { slug: string }) {
  const time = useLive(() => {
    const found = figures.value.find((one) => one.city === slug);
    return found === undefined ? null : localTime(serverNow.value, found.timezone, language.value);
  }, [slug]);
  return (
    <article class="city-card">
      <header>
        <button type="button" class="pick" onClick={() => (shownCity.value = slug)}>
          <bdi>{cityName(slug)}</bdi>
        </button>
        <Firing slug={slug} />
        <bdi class="quiet">{time.value}</bdi>
      </header>
      <MiniMap slug={slug} />
      <dl>
        {SHOWN.map((name) => (
          <Small key={name} slug={slug} name={name} />
        ))}
      </dl>
    </article>
  );
}

/** How many alerts fire there, by their urgency. */
function Firing({ slug }: { slug: string }) {
  const counts = useLive(() => {
    const alerts = cities.value.get(slug)?.alerts.all().filter((one) => !isMuted(one)) ?? [];
    return SEVERITIES.map((severity) => alerts.filter((one) => one.severity === severity).length).join();
  }, [slug]);
  const each = counts.value.split(',').map(Number);
  return (
    <span class="city-card-alerts">
      {SEVERITIES.map((severity, at) =>
        (each[at] ?? 0) === 0 ? null : (
          <span key={severity} class={`sign sign-${severity}`}>
            <Shape severity={severity} />
            <span class="visually-hidden">{t(`severity.${severity}`)}</span>
            {number(each[at] ?? 0)}
          </span>
        ),
      )}
    </span>
  );
}

function Small({ slug, name }: { slug: string; name: FigureName }) {
  const value = useLive(() => figureIn(slug, name), [slug, name]);
  return (
    <div>
      <dt>{t(`figure.${name}`)}</dt>
      <dd>{value.value === null ? '–' : number(value.value)}</dd>
    </div>
  );
}
