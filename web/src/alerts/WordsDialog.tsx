/** A word to the others, or the reason that a decision needs. */

import { useState } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { act, underWay } from './acting.ts';
import type { Asked } from './dialogs.ts';
import { ReasonField } from './ReasonField.tsx';
import { TroubleLine } from './TroubleLine.tsx';

type WordsAsked = Extract<Asked, { kind: 'words' }>;

export function WordsDialog({ asked, onClose }: { asked: WordsAsked; onClose: () => void }) {
  const [words, setWords] = useState('');
  const { act: command, city, about, name, args } = asked;
  const field = command === 'note' ? 'text' : 'reason';
  const send = async (): Promise<void> => {
    const outcome = await act(about, city, command, { ...args, [field]: words.trim() });
    if (outcome.ok) onClose();
  };
  return (
    <Dialog
      title={t(`dialog.${command}.title`, { name })}
      doText={t(`dialog.${command}.do`)}
      busy={underWay.value.has(about)}
      onDo={() => void send()}
      onClose={onClose}
    >
      <ReasonField
        label={t(command === 'note' ? 'field.note' : 'field.reason')}
        value={words}
        onValue={setWords}
      />
      <TroubleLine about={about} />
    </Dialog>
  );
}
