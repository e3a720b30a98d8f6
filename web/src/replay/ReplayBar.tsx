/** The bar of a replay: unmistakably not live, its clock, its buttons and the time line. */

import type { ComponentChildren } from 'preact';

import { figuresOf, language, t } from '../i18n/index.ts';
import { clock } from '../model/signals.ts';
import { Fault } from '../parts/Fault.tsx';
import { SPEEDS } from './player.ts';
import {
  backToLive,
  openFault,
  openReplay,
  pause,
  play,
  recording,
  refusal,
  seek,
  setSpeed,
  status,
  step,
} from './replay.ts';
import { Timeline } from './Timeline.tsx';

import './replay.css';

export function ReplayBar() {
  const now = clock.value;
  if (now.mode === 'live') return null;
  return (
    <section class="replay" aria-label={t('bar.replay')}>
      <div class="replay-row">
        <p class="replay-sign">
          <strong>{t('replay.not_live')}</strong>
          <span class="replay-then">{t('replay.as_of', { time: dateTime(now.at) })}</span>
        </p>
        {status.value !== null && <Controls at={now.at} speed={now.speed} playing={now.playing} />}
        <Words />
        <button type="button" class="button button-first replay-back" onClick={backToLive}>
          {t('replay.back')}
        </button>
      </div>
      {status.value !== null && recording.value !== null && (
        <Timeline recording={recording.value} />
      )}
    </section>
  );
}

/** The moment with its date and seconds, as the language writes it. */
function dateTime(ts: number): string {
  return new Intl.DateTimeFormat(figuresOf(language.value), {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).format(ts);
}

function Controls({ at, speed, playing }: { at: number; speed: number; playing: boolean }) {
  return (
    <div class="replay-controls">
      <Press name={t('replay.before')} press={() => step(-1)} path="M19 5v14L9 12zM6 5v14" />
      <button type="button" class="button replay-play" onClick={playing ? pause : play}>
        <Icon path={playing ? 'M8 5v14M16 5v14' : 'M8 5v14l11-7z'} />
        {t(playing ? 'replay.pause' : 'replay.play')}
      </button>
      <Press name={t('replay.next')} press={() => step(1)} path="M5 5v14l10-7zM18 5v14" />
      <label class="replay-field">
        <span>{t('replay.speed')}</span>
        <select
          value={String(speed)}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={String(one)}>
              {t('replay.times', { speed: one })}
            </option>
          ))}
        </select>
      </label>
      <input
        type="datetime-local"
        step={1}
        aria-label={t('replay.at')}
        value={localTime(at)}
        onChange={(event) => {
          const ts = Date.parse(event.currentTarget.value);
          if (!Number.isNaN(ts)) seek(ts);
        }}
      />
    </div>
  );
}

/** As a field for date and time wants it: the browser's own time, to the second. */
function localTime(ts: number): string {
  const offset = new Date(ts).getTimezoneOffset() * 60_000;
  return new Date(ts - offset).toISOString().slice(0, 19);
}

function Press({ name, press, path }: { name: string; press: () => void; path: string }) {
  return (
    <button type="button" class="button" aria-label={name} title={name} onClick={press}>
      <Icon path={path} />
    </button>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg class="replay-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** What there is to be said besides. */
function Words() {
  const now = status.value;
  const lines: ComponentChildren[] = [];
  if (refusal.value !== null) lines.push(t(`replay.${refusal.value}`));
  if (now?.loading === true) lines.push(t('replay.loading'));
  if (now?.inGap === true) lines.push(t('replay.gap'));
  if (now?.atEnd === true) lines.push(t('replay.end'));
  for (const note of now?.notes ?? [])
    lines.push(
      <span lang="en" dir="ltr">
        {note}
      </span>,
    );
  const fault = now?.fault ?? openFault.value;
  const at = clock.value.mode === 'replay' ? clock.value.at : null;
  return (
    <div class="replay-words" role="status">
      <span>{t('replay.no_actions')}</span>
      {lines.map((line, at) => (
        <span key={at}>{line}</span>
      ))}
      {fault !== null && (
        <>
          <Fault of={fault} />
          <button
            type="button"
            class="button"
            onClick={() => (now === null ? void openReplay(at) : seek(now.at))}
          >
            {t('replay.retry')}
          </button>
        </>
      )}
    </div>
  );
}
