/**
 * What fires now, by its cause, the most urgent first; muted alerts apart. Nothing moves under the
 * cursor: what is new waits behind a button while somebody is at the list.
 */

import { computed } from '@preact/signals';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { cities, city, connection, filters, me, shownCity } from '../model/signals.ts';
import { isAlertMeant } from '../ways/found.ts';
import type { Alert } from '../wire/types.ts';
import { Card } from './Card.tsx';
import { groupsOf, isMuted, passes, type Group } from './grouping.ts';
import { useHold } from './hold.ts';
import { Muted } from './Muted.tsx';
import { Shape } from './Sign.tsx';
import { SeverityFilter } from './SeverityFilter.tsx';
import { steady, type Row } from './steady.ts';

const CARDS_SHOWN = 200;

/** The alerts of the city that is looked at, or of all. */
export const firing = computed<readonly Alert[]>(() => {
  const shown = city.value;
  if (shownCity.value !== null) return shown?.alerts.all() ?? [];
  return [...cities.value.values()].flatMap((one) => one.alerts.all());
});
/** Those of them that nobody silenced and nothing explains. */
export const loudCount = computed(() => firing.value.filter((alert) => !isMuted(alert)).length);
const asked = computed(() =>
  firing.value.filter(
    (alert) => passes(alert, filters.value, me.value?.name ?? null) && isAlertMeant(alert),
  ),
);
const loud = computed(() => groupsOf(asked.value.filter((alert) => !isMuted(alert))));
const muted = computed(() => groupsOf(asked.value.filter(isMuted)));

export function Feed() {
  const list = useRef<HTMLDivElement>(null);
  const held = useHold(list);
  const rows = useRef<readonly Row<Group>[]>([]);
  const letGo = useRef(false);
  // What is looked at changed: that is another list, and nobody's cursor is on it yet.
  const view = JSON.stringify([shownCity.value, filters.value]);
  const seen = useRef(view);
  const groups = loud.value;
  const hold = held.value && seen.current === view && !letGo.current && rows.current.length > 0;
  seen.current = view;
  letGo.current = false;
  const shown = steady(rows.current, groups, hold);
  rows.current = shown.rows;
  // A card that is moved loses the focus, and with it the keyboard its place.
  const focused = document.activeElement;
  useLayoutEffect(() => {
    const lost = focused !== document.activeElement && list.current?.contains(focused);
    if (lost === true && focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  });
  const [, bump] = useReducer((turn: number) => turn + 1, 0);
  return (
    <div class="feed" ref={list}>
      <div class="feed-head">
        <SeverityFilter alerts={firing.value} />
        {shown.waiting.length > 0 && (
          <button
            type="button"
            class="button button-first feed-news"
            onClick={() => {
              letGo.current = true;
              bump(undefined);
              list.current?.closest('.frame-alerts')?.scrollTo({ top: 0 });
            }}
          >
            <Shape severity={shown.waiting[0]?.severity ?? 'info'} />
            {t('feed.new', { count: shown.waiting.length })}
          </button>
        )}
      </div>
      {shown.rows.length > 0 && (
        <div role="feed" aria-label={t('feed.label')} aria-busy="false" class="feed-list">
          {shown.rows.slice(0, CARDS_SHOWN).map(({ key, item, over }, at) => (
            <Card key={key} group={item} over={over} at={at + 1} of={shown.rows.length} />
          ))}
        </div>
      )}
      {shown.rows.length > CARDS_SHOWN && (
        <p class="quiet feed-rest">{t('list.more', { count: shown.rows.length - CARDS_SHOWN })}</p>
      )}
      {shown.rows.length === 0 && <Nothing />}
      <Muted groups={muted.value} />
    </div>
  );
}

/** Why there is nothing: because all is well, or because nobody knows. */
function Nothing() {
  const known = [...cities.value.values()].some((one) => one.known.value);
  if (!known)
    return (
      <p class="feed-empty quiet">
        {t(connection.value.state === 'gone' ? 'feed.unknown' : 'feed.loading')}
      </p>
    );
  const narrowed = asked.value.length < firing.value.length;
  return <p class="feed-empty quiet">{t(narrowed ? 'feed.none_asked' : 'feed.none')}</p>;
}
