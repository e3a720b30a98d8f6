/** A venue given a break, or longer preparation times, by hand: for how long and why. */

import { useState } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { cityModel } from '../model/signals.ts';
import { nameOf } from '../model/names.ts';
import { Dialog } from '../parts/Dialog.tsx';
import type { PausePreview } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { PausePlan } from './PausePlan.tsx';
import { ReasonField } from './ReasonField.tsx';
import { TroubleLine } from './TroubleLine.tsx';
import { reasonToKeep } from './words.ts';

const LONGEST_MIN = 240;

interface PauseDialogProps {
  readonly city: string;
  readonly venue: string;
  readonly onClose: () => void;
}

export function PauseDialog({ city, venue, onClose }: PauseDialogProps) {
  const [minutes, setMinutes] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [preview, setPreview] = useState<PausePreview | null>(null);
  const [reason, setReason] = useState(() => reasonFor(city, venue));
  const name = nameOf(city, 'venue', venue);
  const shown = minutes ?? preview?.minutes ?? null;
  const send = async (): Promise<void> => {
    const args = { venue_id: venue, reason: reason.trim(), busy, minutes: busy ? null : shown };
    const outcome = await act(venue, city, 'pause', args);
    if (outcome.ok) onClose();
  };
  const kind = (isBusy: boolean, text: string) => (
    <label class="choice">
      <input
        type="radio"
        name="pause-kind"
        checked={busy === isBusy}
        onChange={() => setBusy(isBusy)}
      />
      {text}
    </label>
  );
  return (
    <Dialog
      title={t('dialog.pause.title', { name })}
      doText={busy ? t('dialog.pause.do_busy') : t('dialog.pause.do', { minutes: shown ?? '…' })}
      busy={underWay.value.has(venue) || (!busy && preview?.hindered != null)}
      onDo={() => void send()}
      onClose={onClose}
    >
      <fieldset class="field">
        <legend>{t('pause.kind')}</legend>
        {kind(false, t('pause.kind_pause'))}
        {kind(true, t('pause.kind_busy'))}
      </fieldset>
      {!busy && (
        <p class="field">
          <label>
            {t('pause.minutes')}{' '}
            <input
              type="number"
              min={0}
              max={LONGEST_MIN}
              step="any"
              required
              value={shown ?? ''}
              onInput={(event) => {
                const typed = event.currentTarget.valueAsNumber;
                if (typed > 0 && typed <= LONGEST_MIN) setMinutes(typed);
              }}
            />
          </label>
        </p>
      )}
      <PausePlan city={city} venue={venue} onPreview={setPreview} />
      <ReasonField label={t('field.reason')} value={reason} onValue={setReason} />
      <TroubleLine about={venue} />
    </Dialog>
  );
}

/** What the venue's alert says; it may be written over. */
function reasonFor(city: string, venue: string): string {
  for (const alert of cityModel(city).alerts.rows.values()) {
    if (alert.subject.kind === 'venue' && alert.subject.id === venue) return reasonToKeep(alert);
  }
  return '';
}
