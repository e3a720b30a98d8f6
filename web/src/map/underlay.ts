/**
 * What lies below the zones: asks for it, and for what did not come once more, for a page stays open
 * for hours. The map is whole without it. Reading is `basemap/read.ts`', which is loaded only here
 * and only where a basemap is configured; drawing is `map.ts`'.
 */

import type { Base } from '../basemap/read.ts';
import type { Basemap } from '../wire/api.ts';

/** `gaps`: parts of it did not come; `gone`: there is none, though one is configured. */
export type BasemapState = 'none' | 'loading' | 'whole' | 'gaps' | 'gone';

export interface UnderlayEvents {
  /** The base is another one than before. */
  changed(): void;
  /** What did not come is to be asked for once more. */
  again(): void;
  told(state: BasemapState): void;
}

const AGAIN_MS = 60_000;

export class Underlay {
  #wanted: Basemap | null = null;
  #base: Base | null = null;
  #state: BasemapState = 'none';
  #missed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: UnderlayEvents) {}

  /** What is to be drawn below ours; null: a plain ground. */
  get base(): Base | null {
    return this.#base;
  }

  /** This is wanted from now on. */
  lay(basemap: Basemap | null): void {
    if (basemap?.url === this.#wanted?.url && basemap?.kind === this.#wanted?.kind) return;
    this.#stop();
    this.#wanted = basemap;
    this.#become(null, basemap === null ? 'none' : 'loading');
    if (basemap !== null) void this.#read(basemap);
  }

  /** A part of it did not come. */
  missed(why: string): void {
    this.#missed = true;
    if (this.#state !== 'gaps') console.warn('basemap:', why);
    this.#tell('gaps');
    this.#later(() => {
      this.#missed = false;
      this.events.again();
    });
  }

  /** It was read, and can't be drawn: asking once more would bring the same. */
  refused(why: string): void {
    console.warn('basemap:', why);
    this.#stop();
    this.#base = null;
    this.#tell('gone');
  }

  /** The watcher looks elsewhere: other parts are asked for. */
  moved(): void {
    this.#missed = false;
  }

  /** All that was asked for has come, or will not. */
  rested(): void {
    if (this.#state === 'gaps' && !this.#missed) this.#tell('whole');
  }

  async #read(basemap: Basemap): Promise<void> {
    try {
      const { readBasemap } = await import('../basemap/read.ts');
      const base = await readBasemap(basemap);
      if (this.#wanted === basemap) this.#become(base, 'whole');
    } catch (fault) {
      if (this.#wanted !== basemap) return;
      if (this.#state !== 'gone') console.warn('basemap:', String(fault));
      this.#tell('gone');
      this.#later(() => void this.#read(basemap));
    }
  }

  /** In a minute, unless something waits for it already. */
  #later(what: () => void): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      what();
    }, AGAIN_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #become(base: Base | null, state: BasemapState): void {
    const isOther = base !== this.#base;
    this.#base = base;
    this.#tell(state);
    if (isOther) this.events.changed();
  }

  #tell(state: BasemapState): void {
    if (state === 'whole') this.#stop();
    if (state === this.#state) return;
    this.#state = state;
    this.events.told(state);
  }
}
