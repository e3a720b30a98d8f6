/** Why something could not be read. */

import { t } from '../i18n/index.ts';
import { ApiProblem } from '../wire/api.ts';

export function Fault({ of }: { of: unknown }) {
  if (of === null) return null;
  const words =
    of instanceof ApiProblem ? t('fault.refused', { detail: of.message }) : t('fault.unreachable');
  return <p class="fault">{words}</p>;
}
