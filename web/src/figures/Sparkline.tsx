/** How a figure went in the last hour, as a small line; in words for those who can't see it. */

import { duration } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { clock } from '../model/signals.ts';
import { sampled, trails } from './keys.ts';
import { gistOf, lineOf } from './spark.ts';
import { MINUTE_MS } from './trails.ts';

export interface SparklineProps {
  readonly of: string;
  readonly limit?: number | null;
  /** How a value is written. */
  readonly write: (value: number) => string;
  readonly wide?: boolean;
}

const LEAST = 3; // two points are no trend

export function Sparkline({ of, limit = null, write, wide = false }: SparklineProps) {
  void sampled.value;
  const values = trails.of(of);
  const gist = gistOf(values);
  const box = { width: wide ? 160 : 64, height: wide ? 32 : 20 };
  // It keeps its place, so that nothing moves when there is enough to draw. Beside a recorded moment
  // it would tell what came later.
  if (gist === null || values.length < LEAST || clock.value.mode !== 'live')
    return <span class={`spark ${wide ? 'spark-wide' : ''}`} />;
  const { path, limitY, end } = lineOf(values, limit, box);
  const words = t('spark.words', {
    first: write(gist.first),
    last: write(gist.last),
    low: write(gist.low),
    high: write(gist.high),
    span: duration(((values.length - 1) * MINUTE_MS) / 1000),
  });
  return (
    <svg
      class={`spark ${wide ? 'spark-wide' : ''}`}
      viewBox={`0 0 ${box.width} ${box.height}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {limitY !== null && (
        <line class="spark-limit" x1="0" x2={box.width} y1={limitY} y2={limitY} />
      )}
      <path class="spark-line" d={path} />
      <circle class="spark-end" cx={end[0]} cy={end[1]} r="1.8" />
    </svg>
  );
}
