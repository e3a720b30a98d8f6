/** Why something could not be read. */

import { refusalWords } from '../alerts/words.ts';
import { t } from '../i18n/index.ts';
import { ApiProblem } from '../wire/api.ts';

export function Fault({ of }: { of: unknown }) {
  if (of === null) return null;
  return (
    <p class="fault">
      {of instanceof ApiProblem
        ? t('fault.refused', { detail: reasonOf(of) })
        : t('fault.unreachable')}
    </p>
  );
}

function reasonOf({ body }: ApiProblem): string {
  const { code, detail: message, by = null, since_ts = null, said = [] } = body;
  return refusalWords({ ok: false, code, message, detail: { by, since_ts, id: null, said } });
}
