/**
 * The time line: how many alerts fired at once, actions at their steps, gaps hatched; a
 * handle that is dragged or moved by keys. Time runs from left to right in every language.
 */

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

import { clockTime, moment } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { kindName, ruleName } from '../i18n/named.ts';
import { clock } from '../model/signals.ts';
import type { Severity } from '../wire/types.ts';
import { densityOf, hill } from './density.ts';
import { memo } from './memo.ts';
import type { Marks, Recording } from './past.ts';
import { marks, seek } from './replay.ts';
import { across, gapsIn, SPANS_H, windowOf, type SpanH, type TimeWindow } from './window.ts';

const REST_MS = 200; // each moment on the way would be worked out anew
/** Where the alerts of a severity stand: the base line of their hill, and how high it may be. */
const LANES: Readonly<Record<Severity, { readonly base: number; readonly height: number }>> = {
  critical: { base: 10, height: 9 },
  warning: { base: 21, height: 10 },
  info: { base: 29, height: 7 },
};
const BEGUN_MOST = 60;
const TICKS = 6;
const SHORT_MS = 60_000;

export function Timeline({ recording }: { recording: Recording }) {
  const span = useSignal<SpanH>(1);
  const dragged = useSignal<number | null>(null);
  const rest = useRef<ReturnType<typeof setTimeout>>();
  const now = clock.value;
  if (now.mode === 'live' || recording.from_ts === null || recording.to_ts === null) return null;
  const at = dragged.value ?? now.at;
  const window = windowOf(recording.from_ts, Math.max(recording.to_ts, now.at), now.at, span.value);
  const drag = (to: number): void => {
    dragged.value = to;
    clearTimeout(rest.current);
    rest.current = setTimeout(() => {
      dragged.value = null;
      seek(to);
    }, REST_MS);
  };
  const longest = (recording.to_ts - recording.from_ts) / 3_600_000;
  return (
    <div class="timeline">
      <div class="timeline-line" dir="ltr">
        <Picture
          window={window}
          from={window.from}
          to={window.to}
          recording={recording}
          marks={marks.value}
        />
        <input
          type="range"
          aria-label={t('replay.line')}
          aria-valuetext={moment(at, recording.now_ts)}
          min={window.from}
          max={window.to}
          step={1_000}
          value={at}
          onInput={(event) => drag(Number(event.currentTarget.value))}
        />
        <Ticks window={window} now={recording.now_ts} />
      </div>
      {longest > 1 && (
        <div class="timeline-spans" role="group" aria-label={t('replay.span')}>
          {SPANS_H.map((one) => (
            <button
              key={one}
              type="button"
              class="chip"
              aria-pressed={span.value === one}
              onClick={() => (span.value = one)}
            >
              {t('replay.hours', { h: one })}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Ticks({ window, now }: { window: TimeWindow; now: number }) {
  const apart = (window.to - window.from) / (TICKS - 1);
  // Of a short recording minutes would be the same beside one another.
  const written = (ts: number, first: boolean): string =>
    apart < SHORT_MS ? clockTime(ts) : moment(ts, first ? now : ts);
  return (
    <div class="timeline-ticks" aria-hidden="true">
      {Array.from({ length: TICKS }, (_, at) => (
        <bdi key={at}>
          {written(window.from + at * apart, at === 0)}
        </bdi>
      ))}
    </div>
  );
}

interface PictureProps {
  readonly window: TimeWindow;
  readonly from: number;
  readonly to: number;
  readonly recording: Recording;
  readonly marks: Marks | null;
}

/** Drawn again when the window or the marks change, not with the clock. */
const Picture = memo(
  function Picture({ window, recording, marks }: PictureProps) {
    const seen = (from: number, to: number): boolean => to >= window.from && from <= window.to;
    const alerts = (marks?.alerts ?? []).filter((one) =>
      seen(one.fired_ts, one.resolved_ts ?? Infinity),
    );
    // Where each began is marked as long as they can be told apart.
    const fired = alerts.filter((one) => one.fired_ts >= window.from);
    const begun = fired.length > BEGUN_MOST ? [] : fired;
    const steps = (marks?.actions ?? []).flatMap(({ id, kind, steps: all }) =>
      all.filter(([ts]) => seen(ts, ts)).map(([ts, state]) => ({ id, kind, ts, state })),
    );
    return (
      <svg
        class="timeline-picture"
        viewBox="0 0 1000 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={t('replay.marks', { count: alerts.length + steps.length })}
      >
        {gapsIn(window, recording).map(({ from, to }) => (
          <rect
            key={from}
            class="timeline-gap"
            x={across(window, from)}
            y={0}
            width={across(window, to) - across(window, from)}
            height={40}
          />
        ))}
        {Object.entries(LANES).map(([severity, { base, height }]) => (
          <path
            key={severity}
            class={`timeline-${severity} timeline-hill`}
            d={hill(densityOf(alerts.filter((one) => one.severity === severity), window), base, height)}
          />
        ))}
        {begun.map(({ id, rule, severity, fired_ts }) => {
          const { base, height } = LANES[severity];
          return (
            <rect
              key={id}
              class={`timeline-${severity}`}
              x={across(window, fired_ts)}
              y={base - height}
              width={1.5}
              height={height}
            >
              <title>
                {t('replay.mark', {
                  time: moment(fired_ts, recording.now_ts),
                  what: ruleName(rule),
                })}
              </title>
            </rect>
          );
        })}
        {steps.map(({ id, kind, ts, state }) => (
          <rect
            key={`${id} ${ts} ${state}`}
            class="timeline-action"
            x={across(window, ts) - 1}
            y={31}
            width={3}
            height={8}
          >
            <title>
              {t('replay.mark', {
                time: moment(ts, recording.now_ts),
                what: `${kindName(kind)}, ${state}`,
              })}
            </title>
          </rect>
        ))}
      </svg>
    );
  },
  ['from', 'to', 'marks'],
);
