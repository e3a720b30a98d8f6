/** One action: what for, whom it reached and what each said, every step of it, what came of it. */

import { distance, duration, moment, number, percent } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { kindName, stateName } from '../i18n/named.ts';
import { ActionRow } from '../alerts/ActionRow.tsx';
import { actionAsOf } from '../alerts/as_of.ts';
import { Said } from '../alerts/Said.tsx';
import { byWhom } from '../alerts/words.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cityModel, clock, serverNow } from '../model/signals.ts';
import { Fault } from '../parts/Fault.tsx';
import { useLive } from '../parts/live.ts';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { Action, ActionTarget } from '../wire/types.ts';
import { answerWords } from './CourierDetail.tsx';
import { Fact, Facts } from './Facts.tsx';
import { Section } from './Rows.tsx';

const EVERY_MS = 10_000;

export function ActionDetail({ city, id }: { city: string; id: string }) {
  const held = useLive(() => cityModel(city).actions.get(id), [city, id]);
  const key = held.value === undefined ? `${city} ${id}` : null;
  const { value, fault } = usePolled(key, () => session.api.action(id), EVERY_MS);
  const then = clock.value.mode === 'replay' ? clock.value.at : null;
  const told = value === null || then === null ? value : actionAsOf(value, then);
  const action = held.value ?? told;
  if (action === null) {
    if (value !== null) return <p class="quiet">{t('detail.gone')}</p>;
    return fault === null ? <p class="quiet">{t('list.loading')}</p> : <Fault of={fault} />;
  }
  return <Whole action={action} />;
}

function Whole({ action }: { action: Action }) {
  const now = serverNow.peek();
  const { city, expected, came } = action;
  return (
    <>
      <ActionRow action={action} />
      <p>
        <Said city={city} said={action.said} words={action.reason} />
      </p>
      <Facts>
        <Fact name={t('filter.kind')}>{kindName(action.kind)}</Fact>
        <Fact name={t('action.mode')}>{t(`mode.${action.mode}`)}</Fact>
        <Fact name={t('action.by')}>{byWhom(action.approved_by ?? action.by)}</Fact>
        <Fact name={t('action.expected')}>
          <Said city={city} said={expected.said} words={expected.words} />
          {expected.acceptance !== null && (
            <span class="quiet">
              {' '}
              · {t('action.share', { share: percent(expected.acceptance) })}
            </span>
          )}
        </Fact>
        <Fact name={t('action.came')}>
          {came.words === '' ? (
            t('action.not_yet')
          ) : (
            <Said city={city} said={came.said} words={came.words} />
          )}
        </Fact>
        {action.alerts.length > 0 && (
          <Fact name={t('region.alerts')}>
            {action.alerts.slice(0, 5).map((id, at) => (
              <span key={id}>
                {at > 0 && ' · '}
                <Pick kind="alert" city={city} id={id} name={`${t('thing.alert')} ${number(at + 1)}`} />
              </span>
            ))}
          </Fact>
        )}
      </Facts>
      {action.targets.length > 0 && (
        <Section
          title={t('action.targets')}
          items={action.targets}
          keyOf={(target) => `${target.key} ${target.step}`}
          row={(target) => <Target city={city} target={target} />}
        />
      )}
      <Section
        title={t('action.record')}
        items={action.record}
        keyOf={(step) => `${step.ts} ${step.state} ${step.words}`}
        row={(step) => (
          <>
            <span class="quiet">{moment(step.ts, now)}</span>
            <strong>{stateName(step.state)}</strong>
            <span class="quiet">{byWhom(step.by)}</span>
            <Said class="row-words" city={city} said={step.said} words={step.words} />
          </>
        )}
      />
    </>
  );
}

function Target({ city, target }: { city: string; target: ActionTarget }) {
  return (
    <>
      {target.kind === 'notice' ? (
        <bdi>{target.id}</bdi>
      ) : (
        <Pick
          kind={target.kind}
          city={city}
          id={target.id}
          name={nameOf(city, target.kind, target.id)}
        />
      )}
      <span>{answerWords(target)}</span>
      {target.eta_s !== null && <span class="quiet">{duration(target.eta_s)}</span>}
      {target.from_zone !== null && (
        <span class="quiet">
          {t('target.from', { zone: nameOf(city, 'zone', target.from_zone) })}
        </span>
      )}
      {target.metres !== null ? (
        <span class="row-words quiet">
          {t('target.away', { distance: distance(target.metres) })}
        </span>
      ) : (
        <Said class="row-words quiet" city={city} said={target.said} words={whyAlone(target)} />
      )}
      {target.error !== '' && (
        <span class="row-words quiet" lang="en">
          <bdi>{target.error}</bdi>
        </span>
      )}
    </>
  );
}

/** Why he was chosen, without what a target answered: that stands beside it. */
function whyAlone({ why, error }: ActionTarget): string {
  return error !== '' && why.endsWith(`; ${error}`) ? why.slice(0, -error.length - 2) : why;
}
