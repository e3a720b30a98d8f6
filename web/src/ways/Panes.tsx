/** On a phone one region fills the screen: which one is chosen at its lower edge, alerts first. */

import { loudCount } from '../alerts/Feed.tsx';
import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { pane, PANES } from '../model/signals.ts';

export function Panes() {
  return (
    <nav class="panes" aria-label={t('pane.choose')}>
      {PANES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={pane.value === one}
          onClick={() => (pane.value = one)}
        >
          {t(`pane.${one}`)}
          {one === 'alerts' && loudCount.value > 0 && ` (${number(loudCount.value)})`}
        </button>
      ))}
    </nav>
  );
}
