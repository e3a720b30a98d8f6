/**
 * Which of several cities is looked at, in the room of one name however many there are; and, so
 * that nobody misses it over his own city, what fires in the others.
 */

import { isMuted, SEVERITIES } from '../alerts/grouping.ts';
import { Shape } from '../alerts/Sign.tsx';
import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { cityName } from '../model/names.ts';
import { cities, shownCity } from '../model/signals.ts';
import { useLive } from '../parts/live.ts';

interface CityChoiceProps {
  readonly slugs: readonly string[];
  readonly shown: string;
}

export function CityChoice({ slugs, shown }: CityChoiceProps) {
  return (
    <div class="cities" role="group" aria-label={t('strip.cities')}>
      <button type="button" class="chip" onClick={() => (shownCity.value = null)}>
        {t('strip.all')}
        <Elsewhere but={shown} />
      </button>
      <select
        class="city-choice"
        aria-label={t('strip.cities')}
        value={shown}
        onChange={(event) => (shownCity.value = event.currentTarget.value)}
      >
        {slugs.map((slug) => (
          <option key={slug} value={slug}>
            {cityName(slug)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** How many alerts fire in the other cities, under the sign of the most urgent one. */
function Elsewhere({ but }: { but: string }) {
  const told = useLive(() => {
    const others = [...cities.value].filter(([slug]) => slug !== but);
    const loud = others.flatMap(([, city]) => city.alerts.all().filter((one) => !isMuted(one)));
    const worst = SEVERITIES.find((severity) => loud.some((one) => one.severity === severity));
    return `${worst ?? ''} ${loud.length}`;
  }, [but]);
  const [worst, count] = told.value.split(' ');
  const severity = SEVERITIES.find((one) => one === worst);
  if (severity === undefined) return null;
  const words = t('strip.elsewhere', { count: Number(count) });
  return (
    <span class={`sign sign-${severity}`} title={words}>
      <Shape severity={severity} />
      <span aria-hidden="true">{number(Number(count))}</span>
      <span class="visually-hidden">{words}</span>
    </span>
  );
}
