/** What was done, by whom, and what came of it; narrowed and page by page. */

import { useState } from 'preact/hooks';

import { moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { kindName, stateName } from '../i18n/named.ts';
import { session } from '../model/session.ts';
import { clock, serverNow, shownCity } from '../model/signals.ts';
import { usePaged } from '../parts/paged.ts';
import { Pick } from '../parts/Pick.tsx';
import type { Action } from '../wire/types.ts';
import { actionAsOf, readUntil } from './as_of.ts';
import { Choice, PastList } from './PastList.tsx';
import { Said } from './Said.tsx';
import { actionLine, byWhom, progressLine } from './words.ts';

const PAGE = 50;
const KINDS = ['push_couriers', 'pause_venue', 'warn_support', 'page_on_call'] as const;
const STATES = [
  'proposed',
  'approved',
  'sent',
  'delivered',
  'effective',
  'ineffective',
  'reverted',
  'rejected',
  'cancelled',
  'expired',
  'failed',
] as const;

export function ActionHistory() {
  const [kind, setKind] = useState('');
  const [state, setState] = useState('');
  const then = clock.value.mode === 'replay' ? clock.value.at : null;
  const query = {
    city: shownCity.value,
    kind: kind || null,
    state: then === null ? state || null : null, // it may have been another then
    until: then === null ? null : readUntil(then),
    limit: PAGE,
  };
  const key = JSON.stringify(query);
  const paged = usePaged(key, (cursor) => session.api.actions({ ...query, cursor }));
  const known = paged.items
    .map((action) => (then === null ? action : actionAsOf(action, then)))
    .filter((action) => action !== null);
  const items = known.filter((action) => state === '' || action.state === state);
  const total = paged.total - (paged.items.length - items.length);
  const filters = (
    <>
      <Choice label={t('filter.kind')} value={kind} onValue={setKind}>
        {KINDS.map((one) => [one, kindName(one)])}
      </Choice>
      <Choice label={t('filter.state')} value={state} onValue={setState}>
        {STATES.map((one) => [one, stateName(one)])}
      </Choice>
    </>
  );
  return (
    <PastList filters={filters} paged={paged} shown={items} total={total}>
      {(action) => <Done key={action.id} action={action} />}
    </PastList>
  );
}

function Done({ action }: { action: Action }) {
  const who = action.approved_by ?? action.by;
  return (
    <li class={`ended state-${action.state}`}>
      <p class="ended-head">
        <Pick kind="action" city={action.city} id={action.id} name={actionLine(action)} />
        <span class="quiet ended-time">{moment(action.created_ts, serverNow.peek())}</span>
      </p>
      <p class="quiet">
        {progressLine(action)} · {byWhom(who)}
      </p>
      {action.came.words !== '' && (
        <p class="quiet">
          <Said city={action.city} said={action.came.said} words={action.came.words} />
        </p>
      )}
    </li>
  );
}
