/** A long list read page by page, more of it when asked for; begun anew when `key` changes. */

import { useEffect, useRef, useState } from 'preact/hooks';

import type { Page } from '../wire/api.ts';

export interface Paged<T> {
  readonly items: readonly T[];
  /** How many there are in all. */
  readonly total: number;
  readonly loading: boolean;
  readonly fault: unknown;
  /** Reads the next page; null where there is none. */
  readonly more: (() => void) | null;
  /** Begins anew. */
  again(): void;
}

interface State<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next: string | null;
  readonly loading: boolean;
  readonly fault: unknown;
}

const NOTHING = { items: [], total: 0, next: null, loading: true, fault: null };

export function usePaged<T>(
  key: string,
  read: (cursor: string | null) => Promise<Page<T>>,
): Paged<T> {
  const [state, setState] = useState<State<T>>(NOTHING);
  const [turn, setTurn] = useState(0);
  const reading = useRef(read);
  reading.current = read;
  const current = useRef(0);
  const load = (before: readonly T[], cursor: string | null): void => {
    const mine = ++current.current;
    setState((was) => ({ ...was, loading: true, fault: null }));
    reading
      .current(cursor)
      .then(({ items, total, next }) => {
        if (mine !== current.current) return;
        setState({ items: [...before, ...items], total, next, loading: false, fault: null });
      })
      .catch((fault: unknown) => {
        if (mine === current.current) setState((was) => ({ ...was, loading: false, fault }));
      });
  };
  useEffect(() => {
    load([], null);
    return () => {
      current.current += 1;
    };
  }, [key, turn]);
  const { items, total, next, loading, fault } = state;
  return {
    items,
    total,
    loading,
    fault,
    more: next === null || loading ? null : () => load(items, next),
    again: () => setTurn(turn + 1),
  };
}
