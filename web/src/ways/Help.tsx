/** Which keys there are and how the search is written. */

import { t } from '../i18n/index.ts';
import { CAPS, KEYS } from './key_reader.ts';
import { helpOpen } from './keys.ts';
import { Panel } from './Panel.tsx';
import { KeysSwitch } from './Settings.tsx';

const SEARCHES = ['zone', 'late', 'state', 'not', 'quotes'] as const;
const WRITTEN: Readonly<Record<(typeof SEARCHES)[number], string>> = {
  zone: 'zone:centrs,purvciems',
  late: 'late>5',
  state: 'state:new',
  not: '-rule:order_late',
  quotes: 'venue:"Old Town Pizza"',
};

export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Panel title={t('help.title')} onClose={() => (helpOpen.value = false)}>
      <section>
        <h3>{t('help.keys')}</h3>
        <dl class="help">
          {KEYS.map((name) => (
            <div key={name}>
              <dt dir="ltr">
                {CAPS[name].map((cap) => (
                  <kbd key={cap}>{cap}</kbd>
                ))}
              </dt>
              <dd>{t(`key.${name}`)}</dd>
            </div>
          ))}
        </dl>
        <KeysSwitch />
      </section>
      <section>
        <h3>{t('help.search')}</h3>
        <dl class="help">
          {SEARCHES.map((name) => (
            <div key={name}>
              <dt>
                <code dir="ltr">{WRITTEN[name]}</code>
              </dt>
              <dd>{t(`help.search.${name}`)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </Panel>
  );
}
