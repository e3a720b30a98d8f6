/** Alerts that have ended: why, how long they lasted, who had them; narrowed and page by page. */

import { useState } from 'preact/hooks';

import { duration, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ruleName } from '../i18n/named.ts';
import { session } from '../model/session.ts';
import { cities, clock, serverNow, shownCity } from '../model/signals.ts';
import { cityName } from '../model/names.ts';
import { usePaged } from '../parts/paged.ts';
import { Pick } from '../parts/Pick.tsx';
import type { Alert } from '../wire/types.ts';
import { readUntil } from './as_of.ts';
import { SubjectOf } from './Card.tsx';
import { SEVERITIES } from './grouping.ts';
import { RULES, takers } from './history.ts';
import { Choice, PastList } from './PastList.tsx';
import { Shape } from './Sign.tsx';
import { reasonOf } from './words.ts';

const PAGE = 50;
const PAGE_BY_NAME = 500; // the server can't look for names: read more, and pick

export function History() {
  const [rule, setRule] = useState('');
  const [severity, setSeverity] = useState('');
  const [zone, setZone] = useState('');
  const [who, setWho] = useState('');
  const name = who.trim().toLocaleLowerCase();
  const then = clock.value.mode === 'replay' ? clock.value.at : null;
  const query = {
    state: 'resolved',
    city: shownCity.value,
    rule: rule || null,
    severity: severity || null,
    zone: zone || null,
    until: then === null ? null : readUntil(then),
    limit: name === '' ? PAGE : PAGE_BY_NAME,
  };
  const key = JSON.stringify(query);
  const paged = usePaged(key, (cursor) => session.api.alerts({ ...query, cursor }));
  const known = paged.items.filter((one) => then === null || (one.resolved_ts ?? 0) <= then);
  const items =
    name === ''
      ? known
      : known.filter((alert) =>
          takers(alert).some((taker) => taker.toLocaleLowerCase().includes(name)),
        );
  const total = paged.total - (paged.items.length - known.length);
  const filters = (
    <>
      <Choice label={t('filter.rule')} value={rule} onValue={setRule}>
        {RULES.map((one) => [one, ruleName(one)])}
      </Choice>
      <Choice label={t('filter.severity_label')} value={severity} onValue={setSeverity}>
        {SEVERITIES.map((one) => [one, t(`severity.${one}`)])}
      </Choice>
      <Choice label={t('field.zone')} value={zone} onValue={setZone}>
        {zoneChoices()}
      </Choice>
      <label class="filter">
        <span>{t('filter.who')}</span>
        <input type="search" value={who} onInput={(event) => setWho(event.currentTarget.value)} />
      </label>
    </>
  );
  return (
    <PastList filters={filters} paged={paged} shown={items} total={total}>
      {(alert) => <Ended key={alert.id} alert={alert} />}
    </PastList>
  );
}

function zoneChoices(): (readonly [string, string])[] {
  const shown = shownCity.value;
  const found = new Map<string, string>();
  for (const [slug, model] of cities.value) {
    if (shown !== null && shown !== slug) continue;
    for (const zone of model.zones.rows.values())
      found.set(zone.zone_id, zone.name || zone.zone_id);
  }
  return [...found].sort((a, b) => a[1].localeCompare(b[1]));
}

function Ended({ alert }: { alert: Alert }) {
  const until = alert.resolved_ts ?? alert.updated_ts;
  const names = takers(alert);
  return (
    <li class={`ended card-${alert.severity}`}>
      <p class="ended-head">
        <Shape severity={alert.severity} />
        <span class="visually-hidden">{t(`severity.${alert.severity}`)}</span>
        <Pick kind="alert" city={alert.city} id={alert.id} name={ruleName(alert.rule)} />
        <span class="quiet ended-time">{moment(alert.started_ts, serverNow.peek())}</span>
      </p>
      <p>
        <SubjectOf alert={alert} />
        {shownCity.value === null && cities.value.size > 1 && (
          <span class="quiet"> · {cityName(alert.city)}</span>
        )}
      </p>
      <p class="quiet">
        {reasonOf(alert)} ·{' '}
        {t('history.lasted', { span: duration((until - alert.started_ts) / 1000) })}
        {alert.ended !== null && ` · ${t(`ending.${alert.ended}`)}`}
        {names.length > 0 && ` · ${names.join(', ')}`}
      </p>
    </li>
  );
}
