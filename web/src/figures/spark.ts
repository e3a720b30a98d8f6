/** A small line of a figure: its points in a box, and what it says in numbers. Pure. */

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** What a line says: for those who can't see it, and under the pointer. */
export interface Gist {
  readonly first: number;
  readonly last: number;
  readonly low: number;
  readonly high: number;
}

export function gistOf(values: readonly number[]): Gist | null {
  const first = values[0];
  const last = values.at(-1);
  if (first === undefined || last === undefined) return null;
  return { first, last, low: Math.min(...values), high: Math.max(...values) };
}

/** The least and greatest that the box shows; never flat, and from 0 where that is near. */
function rangeOf(values: readonly number[], limit: number | null): readonly [number, number] {
  const all = limit === null ? values : [...values, limit];
  let low = Math.min(...all);
  let high = Math.max(...all);
  if (low >= 0 && low < high / 2) low = 0;
  if (high - low < 1e-9) [low, high] = [low - 1, high + 1];
  return [low, high];
}

const PAD = 2; // so that the stroke is not cut

/** The line as an SVG path and the height of the limit in it, null where there is none. */
export function lineOf(
  values: readonly number[],
  limit: number | null,
  { width, height }: Box,
): {
  readonly path: string;
  readonly limitY: number | null;
  readonly end: readonly [number, number];
} {
  const [low, high] = rangeOf(values, limit);
  const y = (value: number): number =>
    round(height - PAD - ((value - low) / (high - low)) * (height - 2 * PAD));
  const step = values.length < 2 ? 0 : (width - 2 * PAD) / (values.length - 1);
  const points = values.map((value, at) => [round(PAD + at * step), y(value)] as const);
  return {
    path: points.map(([x, at], index) => `${index === 0 ? 'M' : 'L'}${x} ${at}`).join(''),
    limitY: limit === null ? null : y(limit),
    end: points.at(-1) ?? [PAD, height / 2],
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
