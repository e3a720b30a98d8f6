/** The region of alerts: what fires, what has been, and what was done. */

import { t } from '../i18n/index.ts';
import { ALERT_TABS, alertTab as tab } from '../model/signals.ts';
import { ActionHistory } from './ActionHistory.tsx';
import { Announcements } from './Announcements.tsx';
import { Feed } from './Feed.tsx';
import { History } from './History.tsx';

import '../parts/parts.css';
import './alerts.css';
import './history.css';

export function Alerts() {
  const move = (event: KeyboardEvent): void => {
    const towards = {
      ArrowRight: 1,
      ArrowLeft: -1,
      Home: -ALERT_TABS.length,
      End: ALERT_TABS.length,
    }[event.key];
    if (towards === undefined) return;
    const isRtl = getComputedStyle(event.currentTarget as Element).direction === 'rtl';
    const step = isRtl && event.key.startsWith('Arrow') ? -towards : towards;
    const at = Math.min(Math.max(ALERT_TABS.indexOf(tab.value) + step, 0), ALERT_TABS.length - 1);
    tab.value = ALERT_TABS[at] ?? 'firing';
    event.preventDefault();
    document.getElementById(`tab-${tab.value}`)?.focus();
  };
  return (
    <>
      <div class="alerts-head">
        <h2 class="visually-hidden">{t('region.alerts')}</h2>
        <div class="tabs" role="tablist" aria-label={t('region.alerts')} onKeyDown={move}>
          {ALERT_TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`tab-${one}`}
              aria-selected={tab.value === one}
              aria-controls="alerts-panel"
              tabIndex={tab.value === one ? 0 : -1}
              onClick={() => (tab.value = one)}
            >
              {t(`tab.${one}`)}
            </button>
          ))}
        </div>
      </div>
      <div id="alerts-panel" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
        {tab.value === 'firing' && <Feed />}
        {tab.value === 'history' && <History />}
        {tab.value === 'actions' && <ActionHistory />}
      </div>
      <Announcements />
    </>
  );
}
