/**
 * A silence: what it is told by, until when, why. It shows what it hides before it is sent; end and
 * reason can't be left out.
 */

import { useState } from 'preact/hooks';

import { duration, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { fieldName, ruleName } from '../i18n/named.ts';
import { cityModel, serverNow } from '../model/signals.ts';
import { nameOf } from '../model/names.ts';
import { Dialog } from '../parts/Dialog.tsx';
import type { Alert, Matcher, MatcherField } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { ReasonField } from './ReasonField.tsx';
import { Shape } from './Sign.tsx';
import { firstChoice, hides, sharedBy } from './silencing.ts';
import { TroubleLine } from './TroubleLine.tsx';
import { subjectName } from './words.ts';

const MINUTES = [15, 30, 60, 120, 240, 480] as const;
const SHOWN = 8;

interface SilenceDialogProps {
  readonly alerts: readonly [Alert, ...Alert[]];
  readonly onClose: () => void;
}

export function SilenceDialog({ alerts, onClose }: SilenceDialogProps) {
  const [first] = alerts;
  const shared = sharedBy(alerts);
  const [fields, setFields] = useState(() => firstChoice(shared, first.subject.kind));
  const [minutes, setMinutes] = useState(0);
  const [reason, setReason] = useState('');
  const { city } = first;
  const about = `silence ${first.id}`;
  const matchers = shared.filter(({ field }) => fields.has(field));
  const send = async (): Promise<void> => {
    const until_ts = serverNow.value + minutes * 60_000;
    const args = { matchers, until_ts, reason: reason.trim() };
    const outcome = await act(about, city, 'silence', args);
    if (outcome.ok) onClose();
  };
  const toggle = (field: MatcherField): void => {
    const next = new Set(fields);
    if (!next.delete(field)) next.add(field);
    setFields(next);
  };
  return (
    <Dialog
      title={t('dialog.silence.title')}
      doText={t('dialog.silence.do')}
      busy={underWay.value.has(about) || matchers.length === 0}
      onDo={() => void send()}
      onClose={onClose}
    >
      <fieldset class="field">
        <legend>{t('silence.matchers')}</legend>
        {shared.map((matcher) => (
          <label class="choice" key={matcher.field}>
            <input
              type="checkbox"
              checked={fields.has(matcher.field)}
              onChange={() => toggle(matcher.field)}
            />
            {t('silence.matcher', {
              field: fieldName(matcher.field),
              value: valueName(city, matcher),
            })}
          </label>
        ))}
      </fieldset>
      <fieldset class="field">
        <legend>{t('silence.for')}</legend>
        <div class="choices">
          {MINUTES.map((one) => (
            <label class="choice" key={one}>
              <input
                type="radio"
                name="silence-minutes"
                required
                checked={minutes === one}
                onChange={() => setMinutes(one)}
              />
              {duration(one * 60)}
            </label>
          ))}
        </div>
        {minutes > 0 && (
          <p class="quiet">
            {t('silence.until', {
              time: moment(serverNow.value + minutes * 60_000, serverNow.value),
            })}
          </p>
        )}
      </fieldset>
      <ReasonField label={t('field.reason')} value={reason} onValue={setReason} />
      <Hidden city={city} matchers={matchers} />
      <TroubleLine about={about} />
    </Dialog>
  );
}

/** What the silence hides of what fires now. */
function Hidden({ city, matchers }: { city: string; matchers: readonly Matcher[] }) {
  if (matchers.length === 0) return <p class="quiet">{t('silence.no_matcher')}</p>;
  const hidden = cityModel(city)
    .alerts.all()
    .filter((alert) => hides(matchers, alert));
  return (
    <div class="hidden-alerts" role="status">
      <p>{t('silence.hides', { count: hidden.length })}</p>
      <ul>
        {hidden.slice(0, SHOWN).map((alert) => (
          <li key={alert.id}>
            <Shape severity={alert.severity} /> {ruleName(alert.rule)} ·{' '}
            <bdi>{subjectName(alert)}</bdi>
          </li>
        ))}
      </ul>
      {hidden.length > SHOWN && (
        <p class="quiet">{t('list.more', { count: hidden.length - SHOWN })}</p>
      )}
    </div>
  );
}

function valueName(city: string, { field, value }: Matcher): string {
  if (field === 'rule') return ruleName(value);
  if (field === 'zone' || field === 'venue') return nameOf(city, field, value);
  if (field === 'severity') return t(`severity.${value as Alert['severity']}`);
  return value;
}
