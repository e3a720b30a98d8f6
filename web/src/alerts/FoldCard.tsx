/**
 * Many causes of one rule as one card: how many and how bad, the worst few, since when, what is
 * being done; a press shows them all. Which are folded is `folding.ts`'.
 */

import { signal, untracked } from '@preact/signals';
import { Fragment } from 'preact';
import { useRef } from 'preact/hooks';

import { language, t, type Key } from '../i18n/index.ts';
import { ruleName } from '../i18n/named.ts';
import { cityName } from '../model/names.ts';
import { cities, ENDED, serverNow, shownCity } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { Button } from '../parts/Button.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import type { Action } from '../wire/types.ts';
import { isPausing, NOTICES } from './ActionRow.tsx';
import { actionsOf } from './Card.tsx';
import { standingOf, worstOf, type Fold, type Standing } from './folding.ts';
import { SEVERITIES, type Group } from './grouping.ts';
import { Shape, Sign } from './Sign.tsx';
import { figureNow, placeName } from './words.ts';
import { written } from './written.ts';

/** The fold on which a key was pressed that is for one alert; its card says so. */
export const missed = signal<string | null>(null);

interface FoldCardProps {
  readonly fold: Fold;
  readonly over: boolean;
  readonly at: number;
  readonly of: number;
  /** Somebody is at the list: the places that are named stay where they are. */
  readonly held: boolean;
  readonly onToggle: () => void;
}

export function FoldCard({ fold, over, at, of, held, onToggle }: FoldCardProps) {
  const { key, groups, open, severity } = fold;
  const [{ city, rule }] = groups;
  const { severities, seen, taken } = standingOf(groups);
  const titleId = `card-${key.replaceAll(/[^\w-]/g, '-')}`;
  const oldest = Math.min(...groups.map(({ since }) => since));
  const text = open ? t('card.fold') : t('card.unfold', { count: groups.length });
  return (
    <article
      class={`card card-${severity}${over ? ' card-over' : ''}`}
      data-card={key}
      tabIndex={0}
      aria-posinset={at}
      aria-setsize={of}
      aria-labelledby={titleId}
      onFocusOut={() => {
        if (missed.value === key) missed.value = null;
      }}
    >
      <header class="card-head">
        <Sign severity={severity} />
        <h3 id={titleId}>
          {ruleName(rule)} <span class="count">· {placesIn(groups)}</span>
        </h3>
        <span class="card-since">
          {over ? t('card.over') : t('fold.oldest')} {!over && <Ago ts={oldest} />}
        </span>
      </header>
      {shownCity.value === null && cities.value.size > 1 && <p class="quiet">{cityName(city)}</p>}
      <Severities counts={severities} />
      <Worst fold={fold} held={held} />
      <Done groups={groups} seen={seen} taken={taken} />
      {!over && missed.value === key && (
        <p class="quiet" role="alert">
          {t('fold.one_first')}
        </p>
      )}
      {!over && (
        <p class="buttons">
          <Button
            expanded={open}
            label={t('button.about', { text, name: ruleName(rule) })}
            onPress={onToggle}
          >
            {text}
          </Button>
        </p>
      )}
    </article>
  );
}

/** How many there are of each, where they are not all of one. */
function Severities({ counts }: { counts: Standing['severities'] }) {
  const there = SEVERITIES.filter((one) => counts[one] > 0);
  if (there.length < 2) return null;
  return (
    <p class="fold-severities">
      {there.map((one) => (
        // A number that is new appears anew.
        <span key={`${one} ${counts[one]}`} class={`sign sign-${one}`}>
          <Shape severity={one} />
          {t('filter.severity', { severity: t(`severity.${one}`), count: counts[one] })}
        </span>
      ))}
    </p>
  );
}

function placesIn(groups: Fold['groups']): string {
  const [{ place }] = groups;
  const alike = groups.every((group) => group.place.kind === place.kind);
  let key: Key = 'fold.places';
  if (alike && place.kind === 'zone') key = 'fold.zones';
  if (alike && place.kind === 'venue') key = 'fold.venues';
  return t(key, { count: groups.length });
}

/** The worst few places with their figures, looked at anew each second: rows change more often. */
function Worst({ fold: { groups }, held }: { fold: Fold; held: boolean }) {
  const shown = useRef<readonly string[]>([]);
  const told = useLive(() => {
    void serverNow.value;
    return untracked(() => {
      const worst = worstOf(groups, figureNow, held ? shown.current : []);
      return JSON.stringify(worst.map(({ group, figure: f }) => [group.key, written(f, f.value)]));
    });
  }, [groups, held, language.value]);
  const figures = new Map(JSON.parse(told.value) as [string, string][]);
  shown.current = [...figures.keys()];
  const worst = shown.current.flatMap((key) => groups.find((group) => group.key === key) ?? []);
  return (
    <p class="card-place">
      <span class="quiet">{t('fold.worst')}</span>{' '}
      {worst.map(({ key, city, place }, n) => (
        <Fragment key={key}>
          {n > 0 && ' · '}
          <span class="fold-place">
            <Pick kind={place.kind} city={city} id={place.id} name={placeName(city, place)} />{' '}
            <bdi>{figures.get(key)}</bdi>
          </span>
        </Fragment>
      ))}
    </p>
  );
}

/** How many somebody saw or holds, for how many something is done or waits for a decision. */
function Done({ groups, seen, taken }: { groups: Fold['groups']; seen: number; taken: number }) {
  const proposed = useLive(() => countOf(groups, (one) => one.state === 'proposed'), [groups]);
  const underWay = useLive(() => countOf(groups, isUnderWay), [groups]);
  const parts = [
    [seen, 'fold.seen'],
    [taken, 'fold.taken'],
    [underWay.value, 'fold.under_way'],
    [proposed.value, 'fold.proposed'],
  ] as const;
  const words = parts.flatMap(([count, key]) => (count > 0 ? [t(key, { count })] : []));
  return words.length === 0 ? null : <p class="holder">{words.join(' · ')}</p>;
}

function countOf(groups: readonly Group[], is: (action: Action) => boolean): number {
  return groups.filter((group) => actionsOf(group).some(is)).length;
}

function isUnderWay(action: Action): boolean {
  if (NOTICES.has(action.kind) || action.state === 'proposed') return false;
  return !ENDED.has(action.state) || isPausing(action);
}
