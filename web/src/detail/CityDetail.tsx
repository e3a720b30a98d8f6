/** A city as a whole: how old its feeds are, its weather, and what its actions came to. */

import { number, percent } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { hindranceName } from '../i18n/named.ts';
import { FeedAges } from '../figures/FeedAges.tsx';
import { session } from '../model/session.ts';
import { figures } from '../model/signals.ts';
import { duration } from '../i18n/format.ts';
import { Fault } from '../parts/Fault.tsx';
import { usePolled } from '../parts/polled.ts';
import { Fact, Facts } from './Facts.tsx';
import { Section } from './Rows.tsx';

const EVERY_MS = 5_000;

export function CityDetail({ city }: { city: string }) {
  const { value, fault } = usePolled(city, () => session.api.effects(city), EVERY_MS);
  const weather = figures.value.find((one) => one.city === city)?.weather ?? null;
  return (
    <>
      <FeedAges city={city} />
      <Facts>
        {weather !== null && (
          <Fact name={t('city.weather')}>
            {t('city.weather_words', {
              rain: number(weather.precipitation_mm_h ?? 0, 1),
              wind: number(weather.wind_mps ?? 0, 1),
              degrees: number(weather.temperature_c ?? 0),
            })}
          </Fact>
        )}
        {value !== null && (
          <>
            <Fact name={t('city.asked')}>
              {t('city.asked_words', {
                asked: value.pushes.asked,
                accepted: value.pushes.accepted,
                moved: value.pushes.moved,
              })}
            </Fact>
            <Fact name={t('city.acceptance')}>{percent(value.acceptance)}</Fact>
            <Fact name={t('city.recovery')}>
              {value.recovery_s === null ? '–' : duration(value.recovery_s)}
            </Fact>
          </>
        )}
      </Facts>
      <Fault of={fault} />
      {value !== null && (
        <Section
          title={t('city.hindered')}
          items={Object.entries(value.hindered).sort((a, b) => b[1] - a[1])}
          keyOf={([why]) => why}
          row={([why, count]) => (
            <>
              <span>{hindranceName(why)}</span>
              <span class="row-rest">{number(count)}</span>
            </>
          )}
        />
      )}
    </>
  );
}
