/**
 * A dialog before everything else: keyboard and screen reader stay in it, Escape closes it, and the
 * focus goes back to where it was opened.
 */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What its first button does, in a word. */
  readonly doText: string;
  readonly busy?: boolean;
  readonly onDo: () => void;
  readonly onClose: () => void;
}

export function Dialog({ title, children, doText, busy = false, onDo, onClose }: DialogProps) {
  const self = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const before = document.activeElement;
    self.current?.showModal();
    return () => {
      self.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog class="dialog" ref={self} aria-labelledby={titleId} onCancel={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onDo();
        }}
      >
        <h2 id={titleId}>{title}</h2>
        <div class="dialog-body">{children}</div>
        <p class="dialog-buttons">
          <button type="button" class="button button-plain" onClick={onClose}>
            {t('button.leave')}
          </button>
          <button type="submit" class="button button-first" aria-disabled={busy}>
            {doText}
          </button>
        </p>
      </form>
    </dialog>
  );
}
