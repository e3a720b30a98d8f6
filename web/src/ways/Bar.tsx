/** The bar above all: search, map or tables, replay, settings, help, who is signed in. */

import { t } from '../i18n/index.ts';
import { clock, mainView } from '../model/signals.ts';
import { openReplay } from '../replay/replay.ts';
import { helpOpen, settingsOpen } from './keys.ts';
import { Search } from './Search.tsx';
import { Who } from './SignIn.tsx';
import { free, soundBlocked } from './sound.ts';

import './ways.css';

const SHOWN = ['map', 'tables'] as const;

export function Bar() {
  return (
    <div class="bar">
      <Search />
      <div class="bar-views" role="group" aria-label={t('bar.view')}>
        {SHOWN.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={mainView.value === one}
            onClick={() => (mainView.value = one)}
          >
            {t(`bar.${one}`)}
          </button>
        ))}
      </div>
      <span class="bar-space" />
      {soundBlocked.value && (
        <button type="button" class="button bar-blocked" onClick={() => void free()}>
          {t('sound.blocked')}
        </button>
      )}
      {clock.value.mode === 'live' && (
        <button type="button" class="button button-quiet" onClick={() => void openReplay(null)}>
          {t('bar.replay')}
        </button>
      )}
      <button type="button" class="button button-quiet" onClick={() => (settingsOpen.value = true)}>
        {t('settings.title')}
      </button>
      <button
        type="button"
        class="button button-quiet bar-help"
        aria-label={t('help.title')}
        title={t('help.title')}
        onClick={() => (helpOpen.value = true)}
      >
        ?
      </button>
      <Who />
    </div>
  );
}
