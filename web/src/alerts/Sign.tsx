/** How urgent, as a shape and a word: never by colour alone. */

import { t } from '../i18n/index.ts';
import type { Severity } from '../wire/types.ts';

const SHAPES: Readonly<Record<Severity, string>> = {
  critical: 'M5.3 1h5.4L15 5.3v5.4L10.7 15H5.3L1 10.7V5.3z', // a stop sign
  warning: 'M8 1.2 15.2 14.5H.8z',
  info: 'M8 1a7 7 0 1 1 0 14A7 7 0 1 1 8 1z',
};

export function Shape({ severity }: { severity: Severity }) {
  return (
    <svg class={`shape shape-${severity}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[severity]} />
    </svg>
  );
}

export function Sign({ severity }: { severity: Severity }) {
  return (
    <span class={`sign sign-${severity}`}>
      <Shape severity={severity} />
      {t(`severity.${severity}`)}
    </span>
  );
}
