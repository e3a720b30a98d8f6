/**
 * An action where it serves: what is proposed, with a look at what it would do and the buttons to
 * decide; or how far it has come, with a way to stop it. Whoever decides names the version he saw.
 */

import { useState } from 'preact/hooks';

import { duration } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { ENDED, may, selection, serverNow } from '../model/signals.ts';
import { Button } from '../parts/Button.tsx';
import { useLive } from '../parts/live.ts';
import type { Action } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { ask } from './dialogs.ts';
import { PausePlan } from './PausePlan.tsx';
import { PushPlan } from './PushPlan.tsx';
import { TroubleLine } from './TroubleLine.tsx';
import { actionLine, byWhom, progressLine } from './words.ts';

/** Those that tell people; they end with their alerts. */
export const NOTICES: ReadonlySet<string> = new Set(['warn_support', 'page_on_call']);

/** `short`: one line of what is under way; how to stop it is a press away, in its details. */
export function ActionRow({ action, short = false }: { action: Action; short?: boolean }) {
  const progress = useLive(() => progressLine(action), [action]);
  const proposed = action.state === 'proposed';
  const who = action.approved_by ?? action.by;
  return (
    <div class={`action ${proposed ? 'action-proposed' : ''}`}>
      <p class="action-line">
        <button
          type="button"
          class="pick"
          onClick={() => (selection.value = { kind: 'action', city: action.city, id: action.id })}
        >
          {short && !proposed ? t(`kind.short.${action.kind}`) : actionLine(action)}
        </button>{' '}
        <span class="quiet">
          {proposed ? <Left until={action.deadline_ts} /> : progress}
          {who !== null && ` · ${byWhom(who)}`}
        </span>
      </p>
      {proposed ? <Decide action={action} /> : !short && <Stop action={action} />}
      <TroubleLine about={action.id} />
    </div>
  );
}

/** How long a proposal still waits for a decision. */
function Left({ until }: { until: number }) {
  const left = useLive(() => duration((until - serverNow.value) / 1000), [until]);
  return <>{t('action.decide_within', { left: left.value })}</>;
}

function Decide({ action }: { action: Action }) {
  const [looking, look] = useState(false);
  const busy = underWay.value.has(action.id);
  const { city, id: action_id, version, subject } = action;
  const name = actionLine(action);
  return (
    <>
      {looking &&
        (action.kind === 'push_couriers' ? (
          <PushPlan city={city} of={subject.kind === 'order' ? 'order' : 'zone'} id={subject.id} />
        ) : (
          <PausePlan city={city} venue={subject.id} />
        ))}
      <p class="buttons">
        {may('watcher') && (
          <>
            <Button
              acts
              kind="first"
              busy={busy}
              label={t('button.about', { text: t('button.approve'), name })}
              onPress={() => void act(action_id, city, 'approve', { action_id, version })}
            >
              {t('button.approve')}
            </Button>
            <Button
              acts
              busy={busy}
              label={t('button.about', { text: t('button.reject'), name })}
              onPress={() =>
                ask({
                  kind: 'words',
                  act: 'reject',
                  city,
                  about: action_id,
                  name,
                  args: { action_id, version },
                })
              }
            >
              {t('button.reject')}
            </Button>
          </>
        )}
        <Button acts expanded={looking} onPress={() => look(!looking)}>
          {t(action.kind === 'push_couriers' ? 'button.whom' : 'button.what_then')}
        </Button>
      </p>
    </>
  );
}

function Stop({ action }: { action: Action }) {
  // A pause goes on after it was judged, until it is resumed.
  const over = ENDED.has(action.state) && !(action.kind === 'pause_venue' && isPausing(action));
  if (over || NOTICES.has(action.kind) || action.stage === 'resuming' || !may('watcher'))
    return null;
  const { city, id: action_id, version } = action;
  const name = actionLine(action);
  const text = t(isPausing(action) ? 'button.resume_now' : 'button.stop');
  return (
    <p class="buttons">
      <Button
        acts
        busy={underWay.value.has(action_id)}
        label={t('button.about', { text, name })}
        onPress={() =>
          ask({
            kind: 'words',
            act: 'cancel',
            city,
            about: action_id,
            name,
            args: { action_id, version },
          })
        }
      >
        {text}
      </Button>
    </p>
  );
}

/** Whether a venue rests because of it now. */
export function isPausing(action: Action): boolean {
  const rests = action.stage === 'paused' || action.stage === 'extended';
  return (
    rests &&
    (action.state === 'delivered' ||
      action.state === 'sent' ||
      action.state === 'effective' ||
      action.state === 'ineffective')
  );
}
