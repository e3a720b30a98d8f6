/** Couriers asked to come, by hand: how many, exactly whom and why; looked at before it is sent. */

import { useState } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { cityModel } from '../model/signals.ts';
import { nameOf } from '../model/names.ts';
import { Dialog } from '../parts/Dialog.tsx';
import type { PushPreview } from '../wire/types.ts';
import { act, underWay } from './acting.ts';
import { PushPlan } from './PushPlan.tsx';
import { ReasonField } from './ReasonField.tsx';
import { TroubleLine } from './TroubleLine.tsx';
import { reasonToKeep } from './words.ts';

const MOST = 50;

interface PushDialogProps {
  readonly city: string;
  readonly of: 'zone' | 'order';
  readonly id: string;
  readonly onClose: () => void;
}

export function PushDialog({ city, of, id, onClose }: PushDialogProps) {
  const [count, setCount] = useState<number | null>(null);
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set());
  const [preview, setPreview] = useState<PushPreview | null>(null);
  const [reason, setReason] = useState(() => reasonFor(city, of, id));
  const name = nameOf(city, of, id);
  const about = `push ${id}`;
  const asked = (preview?.couriers ?? []).filter((one) => !leftOut.has(one.courier_id));
  const send = async (): Promise<void> => {
    const args = {
      ...(of === 'zone' ? { zone_id: id } : { order_id: id }),
      reason: reason.trim(),
      // Named one by one: those who were looked at are asked, nobody else.
      courier_ids: asked.map((one) => one.courier_id),
    };
    const outcome = await act(about, city, 'push', args);
    if (outcome.ok) onClose();
  };
  const leaveOut = (courier: string, out: boolean): void => {
    const next = new Set(leftOut);
    if (out) next.add(courier);
    else next.delete(courier);
    setLeftOut(next);
  };
  return (
    <Dialog
      title={t(of === 'zone' ? 'dialog.push.title_zone' : 'dialog.push.title_order', { name })}
      doText={t('dialog.push.do', { count: asked.length })}
      busy={underWay.value.has(about) || asked.length === 0 || preview?.hindered != null}
      onDo={() => void send()}
      onClose={onClose}
    >
      <p class="field">
        <label>
          {t('push.count')}{' '}
          <input
            type="number"
            min={1}
            max={MOST}
            required
            value={count ?? preview?.count ?? ''}
            onInput={(event) => {
              const typed = event.currentTarget.valueAsNumber;
              if (typed >= 1 && typed <= MOST) setCount(Math.round(typed));
            }}
          />
        </label>
      </p>
      <PushPlan
        city={city}
        of={of}
        id={id}
        count={count}
        leftOut={leftOut}
        onLeaveOut={leaveOut}
        onPreview={setPreview}
      />
      <ReasonField label={t('field.reason')} value={reason} onValue={setReason} />
      <TroubleLine about={about} />
    </Dialog>
  );
}

/** What the alert says that the push is for; it may be written over. */
function reasonFor(city: string, of: 'zone' | 'order', id: string): string {
  const rule = of === 'zone' ? 'zone_shortage' : 'order_unassigned';
  const alerts = cityModel(city).alerts.rows.values();
  for (const alert of alerts) {
    if (alert.rule === rule && alert.subject.id === id) return reasonToKeep(alert);
  }
  return '';
}
