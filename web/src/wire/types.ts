/** All that goes over the wire, in one place to import from. */

export type * from './acts.ts';
export type * from './messages.ts';
export type * from './things.ts';
export { LAYERS } from './messages.ts';
