/**
 * Signing in with a token of the API, and who is signed in. The dialog stands before everything
 * while the server wants a token; what a role may not do is not offered (`may` in the store).
 */

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';

import { isKey, t } from '../i18n/index.ts';
import { clock, me, page, selection, signInNeeded } from '../model/signals.ts';
import { session } from '../model/session.ts';
import { backToLive } from '../replay/replay.ts';
import { settingsOpen } from './keys.ts';

import './ways.css';

/** The dialog, while a token is needed. */
export function SignIn() {
  const tried = useSignal(false);
  if (!signInNeeded.value) return null;
  return <Ask wrong={tried.value} onTry={() => (tried.value = true)} />;
}

function Ask({ wrong, onTry }: { wrong: boolean; onTry: () => void }) {
  const self = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const remember = useRef<HTMLInputElement>(null);
  const id = useId();
  const known = me.value !== null; // there is something behind it to go back to
  const leave = (): void => void (signInNeeded.value = false);
  useEffect(() => {
    self.current?.showModal();
    field.current?.focus();
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (token === '') return;
    onTry();
    session.signIn(token, remember.current?.checked === true);
  };
  return (
    <dialog
      class="dialog sign-in"
      ref={self}
      aria-labelledby={`${id}-title`}
      onCancel={(event) => (known ? leave() : event.preventDefault())}
    >
      <form onSubmit={submit}>
        <h2 id={`${id}-title`}>{t('signin.title')}</h2>
        <div class="dialog-body">
          <p>{t('signin.why')}</p>
          <label class="ways-field">
            {t('signin.token')}
            <input
              ref={field}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              required
              aria-invalid={wrong}
              aria-describedby={wrong ? `${id}-wrong` : undefined}
            />
          </label>
          <label class="ways-check">
            <input ref={remember} type="checkbox" />
            {t('signin.remember')}
          </label>
          {wrong && (
            <p class="fault" id={`${id}-wrong`} role="alert">
              {t('signin.wrong')}
            </p>
          )}
        </div>
        <p class="dialog-buttons">
          {known && (
            <button type="button" class="button button-plain" onClick={leave}>
              {t('button.leave')}
            </button>
          )}
          <button type="submit" class="button button-first">
            {t('signin.do')}
          </button>
        </p>
      </form>
    </dialog>
  );
}

/** What a role is called. */
function roleName(role: string): string {
  const key = `role.${role}`;
  return isKey(key) ? t(key) : role;
}

/** Signs out; nothing of what was looked at stays, a recorded day neither. */
function leave(): void {
  settingsOpen.value = false;
  selection.value = null;
  if (clock.value.mode === 'replay') backToLive();
  session.signOut();
}

/** Who is signed in, and the way out. */
export function Who() {
  const who = me.value;
  if (who === null) return null;
  const isNamed = session.api.token !== null;
  return (
    <p class="who">
      <span class="who-name">{t('signin.as', { name: who.name, role: roleName(who.role) })}</span>
      {isNamed && (
        <button type="button" class="button button-quiet" onClick={leave}>
          {t('signin.out')}
        </button>
      )}
      {!isNamed && page.value !== null && (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            settingsOpen.value = false;
            signInNeeded.value = true;
          }}
        >
          {t('signin.do')}
        </button>
      )}
    </p>
  );
}
