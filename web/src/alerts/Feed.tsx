/**
 * What fires now, by its cause, the most urgent first; many causes of one rule are folded, muted
 * alerts stand apart. Nothing moves under the cursor: what is new waits behind a button while
 * somebody is at the list.
 */

import { computed, signal } from '@preact/signals';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { cities, city, connection, filters, me, selection, shownCity } from '../model/signals.ts';
import { isAlertMeant } from '../ways/found.ts';
import type { Alert } from '../wire/types.ts';
import { Card } from './Card.tsx';
import { FoldCard } from './FoldCard.tsx';
import { causesIn, entriesOf, isApart, stillOf, unfolded, type Entry } from './folding.ts';
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

/** The folds that were opened, as long as the page lives. */
const opened = signal<ReadonlySet<string>>(new Set());

/** What to show, of which nothing may change that is `held` or has the focus. */
function entriesNow(rows: readonly Entry[], held: boolean, focused: string | null): Entry[] {
  const { text, mine } = filters.value;
  // Who looks for something is to see what he finds.
  const foldsAny = text.trim() === '' && !mine;
  if (!foldsAny) return unfolded(loud.value);
  const name = me.value?.name ?? null;
  const apart = (group: Group): boolean => isApart(group, name, selection.value);
  return entriesOf(loud.value, opened.value, apart, stillOf(rows, held, focused));
}

export function Feed() {
  const list = useRef<HTMLDivElement>(null);
  const held = useHold(list);
  const rows = useRef<readonly Row<Entry>[]>([]);
  const letGo = useRef(false);
  // What is looked at changed: that is another list, and nobody's cursor is on it yet.
  const view = JSON.stringify([shownCity.value, filters.value]);
  const seen = useRef(view);
  if (seen.current !== view) rows.current = [];
  const hold = held.value && !letGo.current && rows.current.length > 0;
  seen.current = view;
  letGo.current = false;
  const focused = document.activeElement;
  const card = focused?.closest<HTMLElement>('[data-card]') ?? null;
  const before = rows.current.map(({ item }) => item);
  const entries = entriesNow(before, hold, card?.dataset['card'] ?? null);
  const shown = steady(rows.current, entries, hold);
  rows.current = shown.rows;
  const pinned = useRef<{ card: Element; top: number } | null>(null);
  useLayoutEffect(() => {
    // A card that is moved loses the focus, and with it the keyboard its place.
    if (focused !== document.activeElement && list.current !== null) {
      const left = [focused, card].find((one) => list.current?.contains(one ?? null));
      if (left instanceof HTMLElement) left.focus({ preventScroll: true });
    }
    // What was pressed to open or close a fold stays under the cursor.
    if (pinned.current !== null) {
      const moved = pinned.current.card.getBoundingClientRect().top - pinned.current.top;
      list.current?.closest('.frame-alerts')?.scrollBy({ top: moved });
    }
    pinned.current = null;
  });
  const toggle = (key: string): void => {
    const others = [...opened.value].filter((one) => one !== key);
    const isOpen = others.length < opened.value.size;
    letGo.current = true;
    const head = list.current?.querySelector(`[data-card="${CSS.escape(key)}"]`);
    pinned.current = head == null ? null : { card: head, top: head.getBoundingClientRect().top };
    opened.value = new Set(isOpen ? others : [...others, key]);
  };
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
            {t('feed.new', { count: shown.waiting.reduce((sum, one) => sum + causesIn(one), 0) })}
          </button>
        )}
      </div>
      {shown.rows.length > 0 && (
        <div role="feed" aria-label={t('feed.label')} aria-busy="false" class="feed-list">
          {shown.rows.slice(0, CARDS_SHOWN).map(({ key, item, over }, n) => {
            const place = { at: n + 1, of: shown.rows.length, over };
            if (item.kind === 'single')
              return <Card key={key} group={item.group} folded={item.fold !== null} {...place} />;
            const press = (): void => toggle(key);
            return <FoldCard key={key} fold={item} held={hold} onToggle={press} {...place} />;
          })}
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
