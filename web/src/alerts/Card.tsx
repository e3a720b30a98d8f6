/**
 * One cause: how urgent, what and where, why, since when, who has it, what is proposed or under
 * way, and the buttons. Several alerts of one cause unfold.
 */

import { useState } from 'preact/hooks';

import { number } from '../i18n/format.ts';
import { language, t } from '../i18n/index.ts';
import { kindName, ruleName } from '../i18n/named.ts';
import { useZonePast } from '../figures/past.ts';
import { trendOf } from '../figures/sampling.ts';
import { Sparkline } from '../figures/Sparkline.tsx';
import { cityName } from '../model/names.ts';
import { cities, cityModel, ENDED, may, serverNow, shownCity } from '../model/signals.ts';
import { Ago } from '../parts/Ago.tsx';
import { Button } from '../parts/Button.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import type { Action, Alert } from '../wire/types.ts';
import { ActionRow, isPausing, NOTICES } from './ActionRow.tsx';
import { ask } from './dialogs.ts';
import type { Group, Place } from './grouping.ts';
import { Holder, Holders } from './Holder.tsx';
import { Marks } from './Marks.tsx';
import { Sign } from './Sign.tsx';
import { TroubleLine } from './TroubleLine.tsx';
import { figureOf } from './reason.ts';
import { endingOf, placeName, progressLine, reasonOf } from './words.ts';
import { written } from './written.ts';

const FRESH_MS = 10_000; // what fired before is nothing to flash for
/** Rules whose venue a pause would ease. */
const EASED_BY_PAUSE: ReadonlySet<string> = new Set([
  'venue_slow',
  'venue_silent',
  'order_unaccepted',
]);
const ACTIONS_SHOWN = 2; // but whatever waits for a decision
const MEMBERS_SHOWN = 50;

interface CardProps {
  readonly group: Group;
  readonly over: boolean;
  readonly at: number;
  readonly of: number;
  /** It is shown as one of an open fold. */
  readonly folded: boolean;
}

export function Card({ group, over, at, of, folded }: CardProps) {
  const [open, setOpen] = useState(false);
  const [first] = group.alerts;
  const [fresh] = useState(() => serverNow.peek() - (first.fired_ts ?? 0) < FRESH_MS);
  const many = group.alerts.length > 1;
  const titleId = `card-${group.key.replaceAll(/[^\w-]/g, '-')}`;
  const taken = group.alerts.every((alert) => (alert.claimed_by ?? alert.acked_by) !== null);
  const classes = [
    `card card-${group.severity}`,
    taken && 'card-taken',
    over && 'card-over',
    folded && 'card-folded',
  ];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      data-card={group.key}
      data-fresh={fresh ? '' : undefined}
      tabIndex={0}
      aria-posinset={at}
      aria-setsize={of}
      aria-labelledby={titleId}
    >
      <header class="card-head">
        <Sign severity={group.severity} />
        <h3 id={titleId}>
          {many ? (
            <>
              {ruleName(group.rule)} <span class="count">×{number(group.alerts.length)}</span>
            </>
          ) : (
            <Pick kind="alert" city={group.city} id={first.id} name={ruleName(group.rule)} />
          )}
        </h3>
        <span class="card-since">{over ? t('card.over') : <Ago ts={group.since} />}</span>
      </header>
      <div class="card-why">
        <p class="card-place">
          {many ? <PlaceOf group={group} /> : <SubjectOf alert={first} />}
          {shownCity.value === null && cities.value.size > 1 && (
            <span class="quiet"> · {cityName(group.city)}</span>
          )}
        </p>
        <Trend group={group} />
        <Reason alert={first} many={many} />
      </div>
      {many ? <Holders alerts={group.alerts} /> : <Holder alert={first} />}
      {!over && <Actions group={group} />}
      {!many && <Notes alert={first} />}
      {!over && (
        <p class="buttons">
          <Marks alerts={group.alerts} />
          <Remedies group={group} />
          {many && (
            <Button expanded={open} kind="quiet" onPress={() => setOpen(!open)}>
              {open ? t('card.fold') : t('card.unfold', { count: group.alerts.length })}
            </Button>
          )}
        </p>
      )}
      <Troubles group={group} />
      {many && open && <Members group={group} />}
    </article>
  );
}

function Reason({ alert, many }: { alert: Alert; many: boolean }) {
  const words = useLive(() => reasonOf(alert), [alert]);
  return (
    <p class="card-reason" title={language.value === 'en' ? alert.reason : undefined}>
      {many ? t('card.worst', { reason: words.value }) : words}
      {alert.cause === 'problem_reported' && (
        <span class="quiet" lang="en">
          {' '}
          <bdi>{alert.reason}</bdi>
        </span>
      )}
      {!many && <Ends alert={alert} />}
    </p>
  );
}

/** How it ends, as long as it fires. */
export function Ends({ alert }: { alert: Alert }) {
  const words = useLive(() => endingOf(alert), [alert]);
  return words.value === '' ? null : <span class="quiet"> · {words}</span>;
}

function PlaceOf({ group: { city, place } }: { group: Group }) {
  return <Pick kind={place.kind} city={city} id={place.id} name={placeName(city, place)} />;
}

/** What one alert is about, and where that is, as far as that is not `within` what is shown. */
export function SubjectOf({ alert, within }: { alert: Alert; within?: Place['kind'] }) {
  const { city, subject, about } = alert;
  const hides = (kind: Place['kind']): boolean => kind === within || kind === subject.kind;
  const venue = hides('venue') ? undefined : about['venue'];
  const zone = hides('zone') ? undefined : about['zone'];
  if (subject.kind === within) return null;
  return (
    <>
      <Pick kind={subject.kind} city={city} id={subject.id} name={placeName(city, subject)} />
      {venue !== undefined && (
        <>
          {' · '}
          <Pick
            kind="venue"
            city={city}
            id={venue}
            name={placeName(city, { kind: 'venue', id: venue })}
          />
        </>
      )}
      {zone !== undefined && (
        <>
          {' · '}
          <Pick
            kind="zone"
            city={city}
            id={zone}
            name={placeName(city, { kind: 'zone', id: zone })}
          />
        </>
      )}
    </>
  );
}

function Trend({ group }: { group: Group }) {
  const { key, limit } = trendOf(group);
  const [first] = group.alerts;
  useZonePast(group.city, first.subject.kind === 'zone' ? first.subject.id : null);
  if (limit === null && group.alerts.length === 1) return null; // a clock that runs is no trend
  const { unit } = figureOf(first, {}, 0);
  const write = (value: number): string =>
    limit === null ? t('alerts.firing', { count: value }) : written({ unit }, value);
  return <Sparkline of={key} limit={limit} write={write} />;
}

function Actions({ group }: { group: Group }) {
  const found = actionsOf(group);
  if (found.length === 0) return null;
  const notices = found.filter((action) => NOTICES.has(action.kind));
  const all = found.filter((action) => !NOTICES.has(action.kind));
  const proposed = all.filter((action) => action.state === 'proposed').length;
  const shown = all.slice(0, Math.max(proposed, ACTIONS_SHOWN));
  return (
    <div class="actions">
      {notices.length > 0 && <Told notices={notices} />}
      {shown.map((action) => (
        <ActionRow key={action.id} action={action} short />
      ))}
      {all.length > shown.length && (
        <p class="told">
          <Pick
            kind="alert"
            city={group.city}
            id={group.alerts[0].id}
            name={t('card.more_actions', { count: all.length - shown.length })}
          />
        </p>
      )}
    </div>
  );
}

/** That somebody was told of it: a notice often tells of many alerts, so it is not named by one. */
function Told({ notices }: { notices: readonly Action[] }) {
  return (
    <p class="told quiet">
      {notices.map((action, at) => (
        <span key={action.id}>
          {at > 0 && ' · '}
          <Pick kind="action" city={action.city} id={action.id} name={kindName(action.kind)} />{' '}
          {progressLine(action)} · <Ago ts={action.created_ts} />
        </span>
      ))}
    </p>
  );
}

/** Every action that serves the group's alerts: what is to be decided first, then the newest. */
export function actionsOf(group: Group): Action[] {
  const { actions } = cityModel(group.city);
  const ids = new Set(group.alerts.flatMap((alert) => alert.actions));
  return [...ids]
    .flatMap((id) => actions.get(id) ?? [])
    .sort((a, b) => rank(a) - rank(b) || b.created_ts - a.created_ts);
}

function rank(action: Action): number {
  if (action.state === 'proposed') return 0;
  if (action.kind === 'push_couriers' || action.kind === 'pause_venue') {
    return ENDED.has(action.state) && !isPausing(action) ? 2 : 1;
  }
  return 3;
}

function Notes({ alert }: { alert: Alert }) {
  const note = alert.notes.at(-1);
  if (note === undefined) return null;
  return (
    <p class="note" key={note.ts}>
      <span class="quiet">{t('note.by', { name: note.by })}</span> <bdi>{note.text}</bdi>
    </p>
  );
}

/** What can be ordered by hand against this cause. */
function Remedies({ group }: { group: Group }) {
  if (!may('watcher')) return null;
  const { city, rule, alerts, place } = group;
  const [first] = alerts;
  const zone = first.about['zone'];
  if (rule === 'zone_shortage' || (rule === 'order_unassigned' && alerts.length > 1)) {
    const id = rule === 'zone_shortage' ? first.subject.id : zone;
    if (id === undefined) return null;
    return <PushButton city={city} of="zone" id={id} />;
  }
  if (rule === 'order_unassigned')
    return <PushButton city={city} of="order" id={first.subject.id} />;
  if (place.kind !== 'venue' || !EASED_BY_PAUSE.has(rule)) return null;
  return <PauseButton city={city} venue={place.id} />;
}

export function PushButton({ city, of, id }: { city: string; of: 'zone' | 'order'; id: string }) {
  const name = placeName(city, { kind: of, id });
  return (
    <Button
      acts
      label={t('button.about', { text: t('button.push'), name })}
      onPress={() => ask({ kind: 'push', city, of, id })}
    >
      {t('button.push')}
    </Button>
  );
}

/** Pause a venue, or end our pause of it. */
export function PauseButton({ city, venue }: { city: string; venue: string }) {
  const paused = useLive(() => cityModel(city).venues.get(venue)?.paused_by != null, [city, venue]);
  const name = placeName(city, { kind: 'venue', id: venue });
  const text = t(paused.value ? 'button.resume' : 'button.pause');
  return (
    <Button
      acts
      label={t('button.about', { text, name })}
      onPress={() =>
        ask(
          paused.value
            ? { kind: 'words', act: 'resume', city, about: venue, name, args: { venue_id: venue } }
            : { kind: 'pause', city, venue },
        )
      }
    >
      {text}
    </Button>
  );
}

function Troubles({ group }: { group: Group }) {
  return (
    <>
      {group.alerts.slice(0, MEMBERS_SHOWN).map((alert) => (
        <TroubleLine key={alert.id} about={alert.id} />
      ))}
    </>
  );
}

/** The alerts of one cause, each with its own marks. */
function Members({ group }: { group: Group }) {
  const left = group.alerts.length - MEMBERS_SHOWN;
  return (
    <ul class="members">
      {group.alerts.slice(0, MEMBERS_SHOWN).map((alert) => (
        <li key={alert.id} class="member">
          <p>
            <SubjectOf alert={alert} within={group.place.kind} />
          </p>
          <Reason alert={alert} many={false} />
          <Holder alert={alert} />
          <Notes alert={alert} />
          <p class="buttons">
            <Marks alerts={[alert]} inGroup />
          </p>
        </li>
      ))}
      {left > 0 && <li class="quiet">{t('list.more', { count: left })}</li>}
    </ul>
  );
}
