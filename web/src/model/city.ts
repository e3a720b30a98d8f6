/**
 * One city as the stream tells of it: its tables, and how snapshots and deltas change them.
 *
 * Of alerts nothing gets lost: one that ends is kept among the `ended`, and one that was held when
 * the connection broke and is no longer in the next snapshot is named as `missed`, so that it can be
 * looked up. Every change of an alert is told as news, at once and never with the drawing.
 */

import { batch, signal } from '@preact/signals';

import type {
  Action,
  Alert,
  Delta,
  LayerItems,
  Order,
  SnapshotReason,
  Venue,
  Zone,
} from '../wire/types.ts';
import { Couriers } from './couriers.ts';
import { Table } from './table.ts';

/**
 * What happened to an alert: it began, changed its severity, changed otherwise (a mark, a figure),
 * ended, or ended while nobody was connected.
 */
export interface AlertNews {
  readonly kind: 'began' | 'severity' | 'changed' | 'ended' | 'missed';
  readonly alert: Alert;
  readonly before: Alert | null;
}

const ENDED_KEPT = 200; // older ones are in the history, over HTTP

export class CityModel {
  readonly zones = new Table<Zone>((zone) => zone.zone_id);
  readonly alerts = new Table<Alert>((alert) => alert.id);
  readonly actions = new Table<Action>((action) => action.id);
  readonly venues = new Table<Venue>((venue) => venue.venue_id);
  readonly orders = new Table<Order>((order) => order.order_id);
  readonly couriers = new Couriers();
  /** Alerts that have ended since the page was opened, the latest first. */
  readonly ended = signal<readonly Alert[]>([]);
  /** Whether a snapshot of the alerts has come: before it, none known does not mean none. */
  readonly known = signal(false);
  readonly #tell: (news: readonly AlertNews[]) => void;

  constructor(
    readonly slug: string,
    tell: (news: readonly AlertNews[]) => void,
  ) {
    this.#tell = tell;
  }

  /** The whole of some layers, in place of what was held of them. */
  snapshot(layers: LayerItems, reason: SnapshotReason): void {
    const news: AlertNews[] = [];
    batch(() => {
      if (layers.alerts !== undefined) news.push(...this.#replaceAlerts(layers.alerts, reason));
      if (layers.zones !== undefined) this.zones.replace(layers.zones);
      if (layers.actions !== undefined) this.actions.replace(layers.actions);
      if (layers.venues !== undefined) this.venues.replace(layers.venues);
      if (layers.orders !== undefined) this.orders.replace(layers.orders);
      if (layers.couriers !== undefined) this.couriers.replace(layers.couriers);
    });
    if (news.length > 0) this.#tell(news);
  }

  /** What changed in one layer. */
  delta(delta: Delta): void {
    switch (delta.layer) {
      case 'alerts': {
        const news = this.#changeAlerts(delta.items, delta.gone);
        if (news.length > 0) this.#tell(news);
        break;
      }
      case 'zones':
        this.zones.change(delta.items, delta.gone);
        break;
      case 'actions':
        this.actions.change(delta.items, delta.gone);
        break;
      case 'venues':
        this.venues.change(delta.items, delta.gone);
        break;
      case 'orders':
        this.orders.change(delta.items, delta.gone);
        break;
      case 'couriers':
        this.couriers.change(delta.items, delta.gone);
        break;
    }
  }

  /** What a missed alert came to, once it was looked up. */
  foundEnded(alert: Alert): void {
    if (alert.state === 'resolved') this.#keepEnded([alert]);
  }

  #changeAlerts(items: readonly Alert[], gone: readonly string[]): AlertNews[] {
    const living: Alert[] = [];
    const over: Alert[] = [];
    const news = items.flatMap((alert) => {
      (alert.state === 'resolved' ? over : living).push(alert);
      return newsOf(alert, this.alerts.peek(alert.id) ?? null);
    });
    batch(() => {
      this.alerts.change(living, [...over.map((alert) => alert.id), ...gone]);
      if (over.length > 0) this.#keepEnded(over);
    });
    return news;
  }

  #replaceAlerts(alerts: readonly Alert[], reason: SnapshotReason): AlertNews[] {
    const there = new Set(alerts.map((alert) => alert.id));
    const missed: AlertNews[] = this.alerts
      .all()
      .filter((before) => !there.has(before.id))
      .map((before) => ({ kind: 'missed', alert: before, before }));
    // At the first sight of a city nothing is news; after a lost connection all that is new is.
    const first = !this.known.value && reason === 'new';
    const news = first
      ? []
      : alerts.flatMap((alert) => newsOf(alert, this.alerts.peek(alert.id) ?? null));
    this.alerts.replace(alerts);
    this.known.value = true;
    return [...missed, ...news];
  }

  #keepEnded(over: readonly Alert[]): void {
    const fresh = new Set(over.map((alert) => alert.id));
    const before = this.ended.value.filter((alert) => !fresh.has(alert.id));
    this.ended.value = [...over.toReversed(), ...before].slice(0, ENDED_KEPT);
  }
}

function newsOf(alert: Alert, before: Alert | null): AlertNews[] {
  if (alert.state === 'resolved') return [{ kind: 'ended', alert, before }];
  if (before === null) return [{ kind: 'began', alert, before }];
  if (before.severity !== alert.severity) return [{ kind: 'severity', alert, before }];
  // The same again, as after a resume, is no news.
  const same = JSON.stringify(before) === JSON.stringify(alert);
  return same ? [] : [{ kind: 'changed', alert, before }];
}
