/**
 * How fresh a feed is. Pure. Only the server knows which pause is a silence (a feed that is seldom
 * heard is not silent for it); the other stages just say how long ago it was heard.
 */

export const STAGES = ['fresh', 'quiet', 'old', 'silent', 'none', 'unknown'] as const;
export type Stage = (typeof STAGES)[number];

const QUIET_S = 60;
const OLD_S = 300;

/** `none`: nothing ever came. `unknown`: we are not connected, and nobody knows. */
export function stageOf(
  feed: { readonly ageS: number | null; readonly silent: boolean },
  connection: string,
): Stage {
  if (connection === 'gone') return 'unknown';
  if (feed.silent) return 'silent';
  if (feed.ageS === null) return 'none';
  if (feed.ageS < QUIET_S) return 'fresh';
  return feed.ageS < OLD_S ? 'quiet' : 'old';
}
