/** A component that is drawn again only when some of its properties change. */

import { Component, h, type FunctionComponent } from 'preact';

export function memo<P extends object>(
  draw: FunctionComponent<P>,
  by: readonly (keyof P)[],
): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return by.some((name) => next[name] !== this.props[name]);
    }

    override render() {
      return h(draw, this.props as P & { key?: never });
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
