/**
 * Desktop notices of new alerts while the page is not in front; pressing one brings it there and
 * shows the alert. They need the browser's leave and an address that it trusts (https, or this
 * machine).
 */

import { effect, signal } from '@preact/signals';

import { number } from '../i18n/format.ts';
import { ruleName } from '../i18n/named.ts';
import { t } from '../i18n/index.ts';
import { loudCount } from '../alerts/Feed.tsx';
import { placeOf } from '../alerts/grouping.ts';
import { reasonOf } from '../alerts/words.ts';
import { cityName, nameOf } from '../model/names.ts';
import { onAlertNews, selection } from '../model/signals.ts';
import type { Alert } from '../wire/types.ts';
import { Pacer, worthTelling } from './pacer.ts';
import { noticesFrom, reaches } from './settings.ts';

const APART_MS = 3_000;
const EACH_MOST = 3; // more at once are told of together

/** The tab's name says how many alerts fire, for whom works in another one. */
export function followTitle(): void {
  effect(() => {
    const count = loudCount.value;
    document.title = count === 0 ? 'citywatch' : `(${number(count)}) citywatch`;
  });
}

/** Whether the browser shows notices: `default`: it has not been asked yet. */
export const noticesAllowed = signal<NotificationPermission | 'unavailable'>(allowed());

function allowed(): NotificationPermission | 'unavailable' {
  return typeof Notification === 'undefined' || !isSecureContext
    ? 'unavailable'
    : Notification.permission;
}

/** Asks the browser for leave: called when something is pressed. */
export async function askLeave(): Promise<void> {
  if (noticesAllowed.peek() === 'unavailable') return;
  noticesAllowed.value = await Notification.requestPermission();
}

/** Notices of new alerts from now on, as the settings have it. */
export function followNotices(): void {
  const pacer = new Pacer<Alert>(APART_MS, (alerts) => {
    if (alerts.length > EACH_MOST)
      tell(t('notice.many', { count: alerts.length }), '', alerts[0] ?? null);
    else for (const alert of alerts) tell(titleOf(alert), reasonOf(alert), alert);
  });
  onAlertNews((news) => {
    noticesAllowed.value = allowed(); // it may have been changed in the browser's own settings
    if (noticesAllowed.peek() !== 'granted' || isInFront()) return;
    pacer.give(worthTelling(news).filter((one) => reaches(one.severity, noticesFrom.peek())));
  });
}

function isInFront(): boolean {
  return !document.hidden && document.hasFocus();
}

function titleOf(alert: Alert): string {
  const { kind, id } = placeOf(alert);
  const place = kind === 'city' ? cityName(id) : nameOf(alert.city, kind, id);
  return `${t(`severity.${alert.severity}`)}: ${ruleName(alert.rule)} – ${place}`;
}

function tell(title: string, body: string, alert: Alert | null): void {
  let notice: Notification;
  try {
    notice = new Notification(title, { body, tag: alert?.id ?? 'citywatch', icon: 'icon.svg' });
  } catch {
    noticesAllowed.value = 'unavailable'; // phones have them for installed pages only
    return;
  }
  notice.onclick = () => {
    window.focus();
    if (alert !== null) selection.value = { kind: 'alert', city: alert.city, id: alert.id };
    notice.close();
  };
}
