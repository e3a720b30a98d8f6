/** Why the last thing pressed here was not done: who was first and when. */

import { t } from '../i18n/index.ts';
import { Button } from '../parts/Button.tsx';
import { putAway, troubles } from './acting.ts';
import { troubleWords } from './words.ts';

export function TroubleLine({ about }: { about: string }) {
  const trouble = troubles.value.get(about);
  if (trouble === undefined) return null;
  return (
    <p class="trouble" role="alert">
      <span>{troubleWords(trouble)}</span>
      <Button kind="quiet" onPress={() => putAway(about)} label={t('trouble.put_away')}>
        ×
      </Button>
    </p>
  );
}
