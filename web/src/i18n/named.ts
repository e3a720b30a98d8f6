/**
 * Words for names that the server gives things: rules, kinds of actions, feeds, reasons. One that a
 * newer server has and this page does not know is shown as it is.
 */

import { isKey, t } from './index.ts';

function named(key: string, name: string): string {
  return isKey(key) ? t(key) : name.replaceAll('_', ' ');
}

/** What a rule finds, in a few words. */
export const ruleName = (rule: string): string => named(`rule.${rule}`, rule);
export const kindName = (kind: string): string => named(`kind.${kind}`, kind);
export const stateName = (state: string): string => named(`action.state.${state}`, state);
export const stageName = (stage: string): string => named(`stage.${stage}`, stage);
export const feedName = (feed: string): string => named(`stream.${feed}`, feed);
/** What became of a letter. */
export const targetName = (state: string): string => named(`target.state.${state}`, state);
/** Why an action is not taken. */
export const hindranceName = (why: string): string => named(`hindrance.${why}`, why);
export const fieldName = (field: string): string => named(`field.${field}`, field);
/** A figure that a pause is argued with. */
export const evidenceName = (figure: string): string => named(`evidence.${figure}`, figure);
