/**
 * What single keys do. They do nothing while somebody types, while a dialog is open, with Ctrl, Alt
 * or Meta, and where the watcher has switched them off. What they do is in the parts they belong
 * to.
 */

import { signal } from '@preact/signals';

import { ackCard, claimCard, moveCard, silenceCard } from '../alerts/shortcuts.ts';
import { alertTab, mainView, PANES, pane, selection } from '../model/signals.ts';
import { Reader, type KeyName } from './key_reader.ts';
import { keys } from './settings.ts';

export const helpOpen = signal(false);
export const settingsOpen = signal(false);

/** Hears keys from now on; the answer ends it. */
export function followKeys(): () => void {
  const reader = new Reader();
  const hear = (event: KeyboardEvent): void => {
    if (keys.value === 'off' && event.key !== 'Escape') return;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
    const name = reader.read(event.key, event.code, Date.now());
    if (name !== null && press(name, event.target)) event.preventDefault();
  };
  document.addEventListener('keydown', hear);
  return () => document.removeEventListener('keydown', hear);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'range'].includes(target.type);
  return target.isContentEditable || target.matches('textarea, select');
}

/** Does what a key is for; whether it did anything. */
function press(name: KeyName, target: EventTarget | null): boolean {
  switch (name) {
    case 'j':
    case 'k':
      toAlerts();
      moveCard(name === 'j' ? 1 : -1);
      return true;
    case 'a':
      ackCard();
      return true;
    case 'c':
      claimCard();
      return true;
    case 's':
      silenceCard();
      return true;
    case 'space':
      return unfold(target);
    case 'slash':
      document.getElementById('search')?.focus();
      return true;
    case 'question':
      helpOpen.value = true;
      return true;
    case 'esc':
      if (selection.value === null) return false;
      selection.value = null;
      return true;
    case 'g_m':
    case 'g_t':
      mainView.value = name === 'g_m' ? 'map' : 'tables';
      return go('map', 'map');
    case 'g_a':
      toAlerts();
      return go('alerts', 'alerts');
    case 'g_d':
      return go('detail', null);
    case 'g_f':
      return go('strip', 'figures');
  }
}

function toAlerts(): void {
  alertTab.value = 'firing';
  pane.value = 'alerts';
}

/** Puts the focus into a region. */
function go(id: string, on: (typeof PANES)[number] | null): boolean {
  if (on !== null) pane.value = on;
  // A region that was just brought forward is there after the drawing.
  setTimeout(() => {
    const region = document.getElementById(id);
    const inside = region?.querySelectorAll<HTMLElement>(
      '[data-first-focus], button, [tabindex="0"], a[href]',
    );
    // The map stands before its tables, hidden while they are shown.
    const first = [...(inside ?? [])].find((one) => one.checkVisibility());
    (first ?? region)?.focus();
  }, 0);
  return true;
}

/** Opens or closes the card that has the focus; on a button the space key presses the button. */
function unfold(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const card = target.closest<HTMLElement>('[data-card]');
  if (card === null || target !== card) return false;
  const fold = card.querySelector<HTMLElement>('[aria-expanded]');
  // A card of one alert has nothing to unfold: what it is about is shown beside it.
  (fold ?? card.querySelector<HTMLElement>('.pick'))?.click();
  return true;
}
