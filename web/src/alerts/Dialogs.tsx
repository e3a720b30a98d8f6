/** The dialog that is open, if any; mounted once in the frame. */

import { asked } from './dialogs.ts';
import { PauseDialog } from './PauseDialog.tsx';
import { PushDialog } from './PushDialog.tsx';
import { SilenceDialog } from './SilenceDialog.tsx';
import { WordsDialog } from './WordsDialog.tsx';

export function Dialogs() {
  const what = asked.value;
  const close = (): void => {
    asked.value = null;
  };
  switch (what?.kind) {
    case 'silence':
      return <SilenceDialog alerts={what.alerts} onClose={close} />;
    case 'push':
      return <PushDialog city={what.city} of={what.of} id={what.id} onClose={close} />;
    case 'pause':
      return <PauseDialog city={what.city} venue={what.venue} onClose={close} />;
    case 'words':
      return <WordsDialog asked={what} onClose={close} />;
    case undefined:
      return null;
  }
}
