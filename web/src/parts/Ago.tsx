/** How long ago something was, or how long it still lasts, growing by itself. */

import { clockTime, duration } from '../i18n/format.ts';
import { serverNow } from '../model/signals.ts';
import { useLive } from './live.ts';

/** `ts` is the server's time; `seconds` since then, or until then. */
export function Ago({ ts }: { ts: number }) {
  const text = useLive(() => duration(Math.abs(serverNow.value - ts) / 1000), [ts]);
  return (
    <time dateTime={new Date(ts).toISOString()} title={clockTime(ts)}>
      {text}
    </time>
  );
}
