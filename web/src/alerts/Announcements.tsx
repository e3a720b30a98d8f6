/** What is said of new alerts to a screen reader: politely, and not too often (`announce.ts`). */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { t } from '../i18n/index.ts';
import { ruleName } from '../i18n/named.ts';
import { onAlertNews, tick } from '../model/signals.ts';
import { Announcer, type Announcement } from './announce.ts';
import { reasonOf, subjectName } from './words.ts';

export function Announcements() {
  const said = useSignal('');
  useEffect(() => {
    const announcer = new Announcer();
    const end = onAlertNews((news) => announcer.note(news));
    const stop = tick.subscribe((now) => {
      const next = announcer.take(now);
      if (next !== null) said.value = inWords(next);
    });
    return () => {
      end();
      stop();
    };
  }, []);
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}

function inWords({ began, worst, ended }: Announcement): string {
  const parts: string[] = [];
  if (worst !== null) {
    parts.push(
      t('announce.began', {
        count: began,
        severity: t(`severity.${worst.severity}`),
        rule: ruleName(worst.rule),
        name: subjectName(worst),
        reason: reasonOf(worst),
      }),
    );
  }
  if (ended > 0) parts.push(t('announce.ended', { count: ended }));
  return parts.join(' ');
}
