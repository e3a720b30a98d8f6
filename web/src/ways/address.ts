/**
 * Keeps the browser's address and the store as one: read at the start and when the watcher goes
 * back, written as he looks around. A selection is a step to go back over; all else takes its
 * place.
 */

import { batch, effect, signal, untracked } from '@preact/signals';

import { language } from '../i18n/index.ts';
import {
  alertTab,
  clock,
  filters,
  mainView,
  selection,
  shownCity,
  shownPlace,
} from '../model/signals.ts';
import { isLanguageChosen, theme } from './settings.ts';
import { readView, writeView, type View } from './url.ts';

const REST_MS = 500; // browsers refuse many changes of the address in a short time

/** The moment that an address asks for, until it is shown; `replay/` takes it from here. */
export const askedMoment = signal<number | null>(null);

/** What the address says at the start. */
export function startView(): View {
  return readView(location.search);
}

/** Brings the store in line with the address, then follows both. */
export function followAddress(): void {
  show(startView());
  let before = selection.peek();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = (): void => {
    timer = undefined;
    const search = untracked(() => writeView(shown()));
    if (search !== location.search) history.replaceState(null, '', location.pathname + search);
  };
  effect(() => {
    const view = shown();
    if (view.selection !== before) {
      before = view.selection;
      clearTimeout(timer);
      timer = undefined;
      const search = writeView(view);
      if (search !== location.search) history.pushState(null, '', location.pathname + search);
    } else {
      timer ??= setTimeout(write, REST_MS);
    }
  });
  addEventListener('popstate', () => {
    const view = readView(location.search);
    before = view.selection;
    show(view);
    before = selection.peek();
  });
}

/** The view as it is; follows it. */
function shown(): View {
  const { text, severities, mine } = filters.value;
  return {
    city: shownCity.value,
    place: shownPlace.value,
    text,
    severities,
    mine,
    selection: selection.value,
    tab: alertTab.value,
    main: mainView.value,
    at: clock.value.mode === 'replay' ? clock.value.at : askedMoment.value,
    language: isLanguageChosen.value ? language.value : null,
    theme: theme.value === 'system' ? null : theme.value,
  };
}

function show(view: View): void {
  batch(() => {
    shownCity.value = view.city;
    if (view.place !== null) shownPlace.value = view.place;
    const { text, severities, mine } = view;
    filters.value = { ...filters.peek(), text, severities, mine };
    const [was, is] = [selection.peek(), view.selection];
    if (JSON.stringify(was) !== JSON.stringify(is)) selection.value = is;
    alertTab.value = view.tab;
    mainView.value = view.main;
    // Going back and forth does not change the moment that is played: that has its own buttons.
    if (view.at !== null && clock.peek().mode === 'live') askedMoment.value = view.at;
  });
}
