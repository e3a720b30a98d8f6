/** One action: what for, whom it reached and what each said, every step of it, what came of it. */

import { duration, moment, percent } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { kindName, stateName } from '../i18n/named.ts';
import { ActionRow } from '../alerts/ActionRow.tsx';
import { byWhom } from '../alerts/words.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { cityModel, serverNow } from '../model/signals.ts';
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
  const action = held.value ?? value;
  if (action === null) {
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
      <p lang="en">
        <bdi>{action.reason}</bdi>
      </p>
      <Facts>
        <Fact name={t('filter.kind')}>{kindName(action.kind)}</Fact>
        <Fact name={t('action.mode')}>{t(`mode.${action.mode}`)}</Fact>
        <Fact name={t('action.by')}>{byWhom(action.approved_by ?? action.by)}</Fact>
        <Fact name={t('action.expected')}>
          <span lang="en">
            <bdi>{expected.words}</bdi>
          </span>
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
            <span lang="en">
              <bdi>{came.words}</bdi>
            </span>
          )}
        </Fact>
        {action.alerts.length > 0 && (
          <Fact name={t('region.alerts')}>
            {action.alerts.slice(0, 5).map((id, at) => (
              <span key={id}>
                {at > 0 && ' · '}
                <Pick kind="alert" city={city} id={id} name={`${t('thing.alert')} ${at + 1}`} />
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
            {step.words !== '' && (
              <span class="row-words" lang="en">
                <bdi>{step.words}</bdi>
              </span>
            )}
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
      <span class="row-words quiet" lang="en">
        <bdi>{target.why}</bdi>
      </span>
    </>
  );
}
