/** A dialog that is read and closed again, without anything to be done at its end. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

import { t } from '../i18n/index.ts';

import './ways.css';

interface PanelProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}

export function Panel({ title, children, onClose }: PanelProps) {
  const self = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    self.current?.showModal();
    return () => {
      self.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class="dialog panel"
      ref={self}
      aria-labelledby={id}
      onCancel={onClose}
      // A click beside it closes it, too.
      onClick={(event) => event.target === self.current && onClose()}
    >
      <div class="panel-inside">
        <header class="panel-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t('panel.close')}
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
