/**
 * Couriers as points of an own transparent WebGL2 canvas: the columns go into buffers as they are,
 * everything else happens on the graphics card.
 *
 * Two buffers of places, the one before and the newest, are mixed by how far the time between two
 * updates has gone; who jumped farther than anybody rides does not slide. When to draw is
 * `pace.ts`', where WebGL2 is missing `overlay2d.ts` draws the same.
 */

import type { Dress } from './colours.ts';
import type { Thinning } from './crowd.ts';
import { boxOnScreen, type View } from './mercator.ts';
import { program } from './program.ts';
import { NO_PLACE, OUTSIDE, SILENT, STATUS_BITS, type Fleet } from './sources.ts';
import { AGEING_S, drawSprites, SILENT_S, type Sprites } from './sprites.ts';

/**
 * Which couriers are meant: statuses as bits, and a byte for each slot (1: he is), null: all. Where
 * the slots are `spared`, none of them is left out in a crowd.
 */
export interface Lit {
  readonly statuses: number;
  readonly slots: Uint8Array | null;
  readonly spared: boolean;
}
export const ALL_LIT: Lit = { statuses: 0b1111, slots: null, spared: false };

/** What draws couriers; sizes and places in CSS pixels. */
export interface Overlay {
  readonly way: 'webgl2' | 'canvas2d';
  readonly canvas: HTMLCanvasElement;
  /** Takes in the columns as they are now. */
  take(fleet: Fleet): void;
  light(lit: Lit): void;
  /** Draws what was taken; `share` of the way from the update before to the newest. */
  draw(view: View, share: number, nowMs: number, side: number, thinning: Thinning): void;
  dress(dress: Dress): void;
  resize(width: number, height: number, ratio: number): void;
  destroy(): void;
}

/** Farther than this between two updates is no ride: a new courier in the slot, or a lost fix. */
export const JUMP_M = 500;
export const DIMMED = 0.18;

const VERTEX = `#version 300 es
precision highp float;
precision highp int;
in float beforeX, beforeY, x, y;
in uint status;
in int stage;
in uint lit;
uniform vec2 screenX;
uniform vec4 screenY;
uniform vec2 halfView;
uniform vec2 jump;
uniform float share, side;
uniform ivec2 limits;   // stages before which a fix is ageing, silent
uniform uint statuses;
uniform ivec3 thinning; // the mask of slots, who is kept, whether those lit are spared
flat out ivec2 origin;
flat out float alpha;

void main() {
  uint code = status & ${STATUS_BITS}u;
  gl_PointSize = side;
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  origin = ivec2(0);
  alpha = 0.0;
  bool drawn = (gl_VertexID & thinning.x) == 0 || gl_VertexID == thinning.y ||
    (thinning.z == 1 && lit == 1u);
  if (!drawn || code >= 5u || (status & ${NO_PLACE | OUTSIDE}u) != 0u) return;
  bool meant = ((statuses >> code) & 1u) == 1u && lit == 1u;
  if (code == 4u && !meant) return;
  vec2 here = vec2(x, y);
  vec2 before = vec2(beforeX, beforeY);
  if (all(lessThan(abs(here - before), jump))) here = mix(before, here, share);
  vec2 at = here * 2.0 - 1.0;
  vec2 pixel = vec2(
    screenX.x + screenX.y * at.x,
    screenY.x + at.y * (screenY.y + at.y * (screenY.z + at.y * screenY.w))
  );
  gl_Position = vec4(pixel.x / halfView.x - 1.0, 1.0 - pixel.y / halfView.y, 0.0, 1.0);
  bool silent = (status & ${SILENT}u) != 0u || (code != 4u && stage < limits.y);
  int column = silent ? 2 : stage < limits.x ? 1 : 0;
  origin = ivec2(column, int(code)) * int(side);
  alpha = meant ? 1.0 : ${DIMMED};
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
precision highp int;
uniform sampler2D sprites;
uniform highp float side;
flat in ivec2 origin;
flat in float alpha;
out vec4 colour;

void main() {
  ivec2 texel = min(ivec2(gl_PointCoord * side), ivec2(int(side) - 1));
  colour = texelFetch(sprites, origin + texel, 0) * alpha;
}`;

const LOCATIONS = { beforeX: 0, beforeY: 1, x: 2, y: 3, status: 4, stage: 5, lit: 6 } as const;
const UNIFORMS = [
  'screenX',
  'screenY',
  'halfView',
  'jump',
  'share',
  'side',
  'limits',
  'statuses',
  'thinning',
] as const;
type Uniform = (typeof UNIFORMS)[number];

/** What lives on the graphics card, and is made anew when the driver has lost it. */
interface Card {
  readonly uniforms: ReadonlyMap<Uniform, WebGLUniformLocation>;
  /** All x, then all y: the newest places and those before, in turns. */
  readonly places: readonly [WebGLBuffer, WebGLBuffer];
  readonly arrays: readonly [WebGLVertexArrayObject, WebGLVertexArrayObject];
  readonly status: WebGLBuffer;
  readonly stage: WebGLBuffer;
  readonly lit: WebGLBuffer;
}

export class WebGlOverlay implements Overlay {
  readonly way = 'webgl2';
  readonly canvas = document.createElement('canvas');
  readonly #gl: WebGL2RenderingContext;
  readonly #sprites = new Map<number, Sprites>();
  #card: Card;
  #dress: Dress;
  #fleet: Fleet | null = null;
  #lit: Lit = ALL_LIT;
  #capacity = 0;
  #size = 0;
  #newest: 0 | 1 = 0;
  #box: Fleet['box'] = [0, 0, 0, 0];
  #uploaded: Sprites | null = null;
  #ratio = 1;

  /** Throws where the browser gives no WebGL2 context. */
  constructor(dress: Dress) {
    const gl = this.canvas.getContext('webgl2', {
      antialias: false,
      depth: false,
      stencil: false,
    });
    if (gl === null) throw new Error('no WebGL2');
    this.#gl = gl;
    this.#dress = dress;
    this.#card = this.#deal();
    this.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.canvas.addEventListener('webglcontextrestored', () => {
      this.#capacity = 0;
      this.#uploaded = null;
      this.#card = this.#deal();
      if (this.#fleet !== null) this.take(this.#fleet);
    });
  }

  take(fleet: Fleet): void {
    const gl = this.#gl;
    const { size } = fleet;
    const anew = size > this.#capacity || this.#box.some((edge, at) => edge !== fleet.box[at]);
    this.#fleet = fleet;
    this.#box = fleet.box;
    if (anew) this.#reserve(Math.max(256, Math.ceil(size * 1.25)));
    this.#newest = this.#newest === 0 ? 1 : 0;
    const [newest, before] = [this.#card.places[this.#newest], this.#card.places[1 - this.#newest]];
    this.#upload(newest, fleet);
    if (anew && before !== undefined) this.#upload(before, fleet); // nothing to slide from
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#card.status);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, fleet.status, 0, size);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#card.stage);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, fleet.stage, 0, size);
    this.#size = size;
  }

  light(lit: Lit): void {
    this.#lit = lit;
    this.#uploadLit();
  }

  draw(view: View, share: number, nowMs: number, side: number, { mask, kept }: Thinning): void {
    const gl = this.#gl;
    const device = Math.max(2, Math.round(side * this.#ratio));
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const fleet = this.#fleet;
    if (fleet === null || this.#size === 0) return;
    this.#show(device);
    const { uniforms } = this.#card;
    const at = (name: Uniform): WebGLUniformLocation | null => uniforms.get(name) ?? null;
    const on = boxOnScreen(this.#box, view);
    const stageBefore = (seconds: number): number =>
      Math.floor((nowMs - seconds * 1000) / fleet.stageMs);
    gl.uniform2f(at('screenX'), on.x0, on.x1);
    gl.uniform4f(at('screenY'), on.y0, on.y1, on.y2, on.y3);
    gl.uniform2f(at('halfView'), view.width / 2, view.height / 2);
    gl.uniform2f(at('jump'), ...jumpIn(this.#box));
    gl.uniform1f(at('share'), share);
    gl.uniform1f(at('side'), device);
    gl.uniform2i(at('limits'), stageBefore(AGEING_S), stageBefore(SILENT_S));
    gl.uniform1ui(at('statuses'), this.#lit.statuses);
    gl.uniform3i(at('thinning'), mask, kept, this.#lit.spared ? 1 : 0);
    gl.bindVertexArray(this.#card.arrays[this.#newest]);
    gl.drawArrays(gl.POINTS, 0, this.#size);
    gl.bindVertexArray(null);
  }

  dress(dress: Dress): void {
    this.#dress = dress;
    this.#sprites.clear();
    this.#uploaded = null;
  }

  resize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  destroy(): void {
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
    this.canvas.remove();
    this.#fleet = null;
  }

  #deal(): Card {
    const gl = this.#gl;
    const linked = program(gl, VERTEX, FRAGMENT, LOCATIONS);
    const uniforms = new Map<Uniform, WebGLUniformLocation>();
    for (const name of UNIFORMS) {
      const location = gl.getUniformLocation(linked, name);
      if (location !== null) uniforms.set(name, location);
    }
    gl.useProgram(linked);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    return {
      uniforms,
      places: [gl.createBuffer(), gl.createBuffer()],
      arrays: [gl.createVertexArray(), gl.createVertexArray()],
      status: gl.createBuffer(),
      stage: gl.createBuffer(),
      lit: gl.createBuffer(),
    };
  }

  /** Makes room for so many couriers, and says where in the buffers each column is. */
  #reserve(capacity: number): void {
    const gl = this.#gl;
    const { places, arrays, status, stage, lit } = this.#card;
    this.#capacity = capacity;
    const make = (buffer: WebGLBuffer, bytes: number): void => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, bytes * capacity, gl.DYNAMIC_DRAW);
    };
    for (const buffer of places) make(buffer, 4);
    make(status, 1);
    make(stage, 4);
    make(lit, 1);
    for (const newest of [0, 1] as const) {
      gl.bindVertexArray(arrays[newest]);
      const place = (buffer: WebGLBuffer | undefined, x: number, y: number): void => {
        gl.bindBuffer(gl.ARRAY_BUFFER, buffer ?? null);
        gl.vertexAttribPointer(x, 1, gl.UNSIGNED_SHORT, true, 2, 0);
        gl.vertexAttribPointer(y, 1, gl.UNSIGNED_SHORT, true, 2, 2 * capacity);
        gl.enableVertexAttribArray(x);
        gl.enableVertexAttribArray(y);
      };
      place(places[newest], LOCATIONS.x, LOCATIONS.y);
      place(places[1 - newest], LOCATIONS.beforeX, LOCATIONS.beforeY);
      const column = (buffer: WebGLBuffer, at: number, type: number, bytes: number): void => {
        gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
        gl.vertexAttribIPointer(at, 1, type, bytes, 0);
        gl.enableVertexAttribArray(at);
      };
      column(status, LOCATIONS.status, gl.UNSIGNED_BYTE, 1);
      column(stage, LOCATIONS.stage, gl.INT, 4);
      column(lit, LOCATIONS.lit, gl.UNSIGNED_BYTE, 1);
    }
    gl.bindVertexArray(null);
    this.#uploadLit();
  }

  #upload(buffer: WebGLBuffer, fleet: Fleet): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, fleet.x, 0, fleet.size);
    gl.bufferSubData(gl.ARRAY_BUFFER, 2 * this.#capacity, fleet.y, 0, fleet.size);
  }

  #uploadLit(): void {
    if (this.#capacity === 0) return;
    const lit = new Uint8Array(this.#capacity).fill(1);
    if (this.#lit.slots !== null) lit.set(this.#lit.slots.subarray(0, this.#capacity));
    this.#gl.bindBuffer(this.#gl.ARRAY_BUFFER, this.#card.lit);
    this.#gl.bufferSubData(this.#gl.ARRAY_BUFFER, 0, lit);
  }

  #show(side: number): void {
    let sprites = this.#sprites.get(side);
    if (sprites === undefined) this.#sprites.set(side, (sprites = drawSprites(side, this.#dress)));
    if (sprites === this.#uploaded) return;
    const gl = this.#gl;
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, sprites.canvas);
    this.#uploaded = sprites;
  }
}

/** `JUMP_M` in shares of a box, along x and y. */
export function jumpIn([west, south, east, north]: Fleet['box']): readonly [number, number] {
  const degree = 111_320;
  const across = (east - west) * degree * Math.cos((((south + north) / 2) * Math.PI) / 180);
  return [JUMP_M / Math.max(across, 1), JUMP_M / Math.max((north - south) * degree, 1)];
}

export type Graphics = 'card' | 'software' | 'none';

/**
 * What WebGL2 would be drawn by here. In software a WebGL canvas above another costs more than pixels
 * that we write ourselves: 20,000 couriers 46 frames a second against 60 (`citywatch bench page`).
 */
export function graphics(): Graphics {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return 'none';
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext(); // a page has few of them
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer) ? 'software' : 'card';
}
