/**
 * What is pressed to have something done. It stays reachable by keyboard when it can't be pressed,
 * and says why.
 */

import type { ComponentChildren } from 'preact';

import { t } from '../i18n/index.ts';
import { isLive } from '../model/signals.ts';

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onPress: () => void;
  /** It changes something at the server: not to be pressed while the picture is not of now. */
  readonly acts?: boolean;
  readonly kind?: 'plain' | 'first' | 'quiet';
  readonly busy?: boolean;
  /** What it is about, for those who do not see where it stands. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
}

export function Button(props: ButtonProps) {
  const blocked = props.busy === true || (props.acts === true && !isLive.value);
  const reason = props.acts === true && !isLive.value ? t('button.not_live') : undefined;
  return (
    <button
      type="button"
      class={`button button-${props.kind ?? 'plain'}`}
      aria-disabled={blocked}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      title={reason}
      onClick={() => {
        if (!blocked) props.onPress();
      }}
    >
      {props.children}
    </button>
  );
}
