/**
 * What is read over HTTP again and again while it is looked at: it is fetched when it comes to be
 * shown and at even distances from then on, but not in a hidden tab. An older answer never takes
 * the place of a newer one.
 */

import { useEffect, useRef, useState } from 'preact/hooks';

export interface Polled<T> {
  /** The last answer, null before the first. */
  readonly value: T | null;
  /** Why the last try came to nothing, null where it did not. */
  readonly fault: unknown;
  /** Read now. */
  again(): void;
}

interface State<T> {
  readonly key: string;
  readonly value: T | null;
  readonly fault: unknown;
}

/** Polls `read` every `everyMs`; another `key` begins anew, and null reads nothing. */
export function usePolled<T>(
  key: string | null,
  read: () => Promise<T>,
  everyMs: number,
): Polled<T> {
  const [state, setState] = useState<State<T>>({ key: '', value: null, fault: null });
  const reading = useRef(read);
  reading.current = read;
  const now = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (key === null) return;
    let turn = 0;
    let last = 0;
    const fetchOnce = (): void => {
      const mine = ++turn;
      reading
        .current()
        .then((value) => ({ key, value, fault: null }))
        .catch((fault: unknown) => ({ key, value: null, fault }))
        .then((found) => {
          if (turn < 0 || mine <= last) return;
          last = mine;
          // A failed try leaves what is known, which says by itself how old it is.
          setState((was) =>
            found.fault !== null && was.key === key ? { ...found, value: was.value } : found,
          );
        });
    };
    now.current = fetchOnce;
    fetchOnce();
    const timer = setInterval(() => {
      if (!document.hidden) fetchOnce();
    }, everyMs);
    return () => {
      clearInterval(timer);
      turn = -1;
    };
  }, [key, everyMs]);
  const mine = state.key === key;
  return {
    value: mine ? state.value : null,
    fault: mine ? state.fault : null,
    again: () => now.current(),
  };
}
