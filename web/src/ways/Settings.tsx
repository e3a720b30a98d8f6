/** What a watcher may choose for himself: language, looks, sound, notices, keys. */

import { LANGUAGE_NAMES, LANGUAGES, language, t, type Key, type Language } from '../i18n/index.ts';
import { PALETTES, shadesOf, type PaletteName } from '../style/palettes.ts';
import { settingsOpen } from './keys.ts';
import { askLeave, noticesAllowed } from './notify.ts';
import { Panel } from './Panel.tsx';
import {
  choose,
  FROM,
  isDark,
  keys,
  noticesFrom,
  palette,
  soundFrom,
  theme,
  THEMES,
  type From,
  type Theme,
} from './settings.ts';
import { free, soundBlocked, trySound } from './sound.ts';
import { Who } from './SignIn.tsx';
import { Swatches } from './Swatches.tsx';

export function Settings() {
  if (!settingsOpen.value) return null;
  return (
    <Panel title={t('settings.title')} onClose={() => (settingsOpen.value = false)}>
      <Choice
        name={t('settings.language')}
        value={language.value}
        of={LANGUAGES}
        text={(one) => LANGUAGE_NAMES[one]}
        lang
        onChoose={(to) => void choose(to).catch(() => undefined)}
      />
      <Choice<Theme>
        name={t('settings.theme')}
        value={theme.value}
        of={THEMES}
        text={(one) => t(`theme.${one}`)}
        onChoose={(to) => (theme.value = to)}
      />
      <Choice<PaletteName>
        name={t('settings.palette')}
        value={palette.value}
        of={Object.keys(PALETTES) as PaletteName[]}
        text={(one) => t(`palette.${one}`)}
        onChoose={(to) => (palette.value = to)}
      />
      <Swatches shades={shadesOf(palette.value, isDark())} />
      <Choice<From>
        name={t('settings.sound')}
        value={soundFrom.value}
        of={FROM}
        text={(one) => t(`from.${one}`)}
        onChoose={(to) => {
          soundFrom.value = to;
          if (to !== 'off') void trySound(to);
        }}
      />
      {soundBlocked.value && (
        <p class="settings-note">
          {t('sound.blocked_why')}
          <button type="button" class="button button-plain" onClick={() => void free()}>
            {t('sound.free')}
          </button>
        </p>
      )}
      <Choice<From>
        name={t('settings.notices')}
        value={noticesFrom.value}
        of={FROM}
        text={(one) => t(`from.${one}`)}
        onChoose={(to) => {
          noticesFrom.value = to;
          if (to !== 'off' && noticesAllowed.value === 'default') void askLeave();
        }}
      />
      {noticesFrom.value !== 'off' && noticesAllowed.value !== 'granted' && (
        <p class="settings-note">
          {t(NOTICES_WHY[noticesAllowed.value])}
          {noticesAllowed.value === 'default' && (
            <button type="button" class="button button-plain" onClick={() => void askLeave()}>
              {t('notices.ask')}
            </button>
          )}
        </p>
      )}
      <KeysSwitch />
      <Who />
    </Panel>
  );
}

const NOTICES_WHY: Readonly<Record<'default' | 'denied' | 'unavailable', Key>> = {
  default: 'notices.default',
  denied: 'notices.denied',
  unavailable: 'notices.unavailable',
};

/** Single keys on or off. */
export function KeysSwitch() {
  return (
    <label class="ways-check">
      <input
        type="checkbox"
        checked={keys.value === 'on'}
        onChange={(event) => (keys.value = event.currentTarget.checked ? 'on' : 'off')}
      />
      {t('settings.keys')}
    </label>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly value: T;
  readonly of: readonly T[];
  readonly text: (one: T) => string;
  readonly onChoose: (one: T) => void;
  /** The values are languages, each written in its own. */
  readonly lang?: boolean;
}

/** One of a few. */
function Choice<T extends string>({
  name,
  value,
  of,
  text,
  onChoose,
  lang = false,
}: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend>{name}</legend>
      {of.map((one) => (
        <label key={one} class="choice-one" lang={lang ? (one as unknown as Language) : undefined}>
          <input type="radio" name={name} checked={one === value} onChange={() => onChoose(one)} />
          <span>{text(one)}</span>
        </label>
      ))}
    </fieldset>
  );
}
