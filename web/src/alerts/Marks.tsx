/** The buttons on alerts: seen, mine, silence, a word, and the end of what a person ends. */

import { t } from '../i18n/index.ts';
import { may, me } from '../model/signals.ts';
import { Button } from '../parts/Button.tsx';
import type { Alert } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { ask } from './dialogs.ts';
import { subjectName } from './words.ts';

/** Alerts that only a person ends; the server refuses it for others. */
const CLOSABLE: ReadonlySet<string> = new Set(['order_problem']);

type Alerts = readonly [Alert, ...Alert[]];

/** Sees all of these that nobody has seen. */
export function ackAll(alerts: Alerts): void {
  for (const alert of alerts) {
    if (alert.acked_by === null) void act(alert.id, alert.city, 'ack', { alert_id: alert.id });
  }
}

/** Takes all of these that nobody holds; where I hold all, gives them back. */
export function claimAll(alerts: Alerts): void {
  const mine = me.value?.name ?? null;
  const isMine = alerts.every((alert) => alert.claimed_by === mine);
  const command = isMine ? 'release' : 'claim';
  for (const alert of alerts) {
    if (!isMine && alert.claimed_by === mine) continue;
    void act(alert.id, alert.city, command, { alert_id: alert.id });
  }
}

export function unackAll(alerts: Alerts): void {
  for (const alert of alerts) {
    if (alert.acked_by !== null) void act(alert.id, alert.city, 'unack', { alert_id: alert.id });
  }
}

/** `inGroup`: one of several of a cause, whose silence is offered for all together. */
export function Marks({ alerts, inGroup = false }: { alerts: Alerts; inGroup?: boolean }) {
  if (!may('watcher')) return null;
  const [first] = alerts;
  const alone = alerts.length === 1;
  const busy = alerts.some((alert) => underWay.value.has(alert.id));
  const seen = alerts.every((alert) => alert.acked_by !== null);
  const mine = alerts.every((alert) => alert.claimed_by === (me.value?.name ?? null));
  const other = alone && first.claimed_by !== null && !mine;
  const name = subjectName(first);
  const named = (text: string): string => t('button.about', { text, name });
  const all = (text: string): string =>
    alone ? text : t('button.all', { text, count: alerts.length });
  const words = (what: 'note' | 'close'): void =>
    ask({
      kind: 'words',
      act: what,
      city: first.city,
      about: first.id,
      name,
      args: { alert_id: first.id },
    });
  const ackText = all(t(seen ? 'button.unack' : 'button.ack'));
  const claimText = all(t(mine ? 'button.release' : 'button.claim'));
  return (
    <>
      <Button
        acts
        busy={busy}
        label={named(ackText)}
        onPress={() => (seen ? unackAll(alerts) : ackAll(alerts))}
      >
        {ackText}
      </Button>
      {!other && (
        <Button acts busy={busy} label={named(claimText)} onPress={() => claimAll(alerts)}>
          {claimText}
        </Button>
      )}
      {other && may('lead') && (
        <Button
          acts
          busy={busy}
          label={named(t('button.take_over'))}
          onPress={() => void takeOver(first)}
        >
          {t('button.take_over')}
        </Button>
      )}
      {!inGroup && (
        <Button
          acts
          label={named(t('button.silence'))}
          onPress={() => ask({ kind: 'silence', alerts })}
        >
          {t('button.silence')}
        </Button>
      )}
      {alone && (
        <Button acts label={named(t('button.note'))} onPress={() => words('note')}>
          {t('button.note')}
        </Button>
      )}
      {alone && CLOSABLE.has(first.rule) && (
        <Button acts label={named(t('button.close'))} onPress={() => words('close')}>
          {t('button.close')}
        </Button>
      )}
    </>
  );
}

/** A lead takes an alert from whoever holds it. */
async function takeOver(alert: Alert): Promise<void> {
  const args = { alert_id: alert.id };
  const released = await act(alert.id, alert.city, 'release', { ...args, force: true });
  if (released.ok) await act(alert.id, alert.city, 'claim', args);
}
