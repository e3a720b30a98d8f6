/** Compiles and links the two shaders of a WebGL2 program; used by `overlay.ts`. */

/** The program; throws with the driver's words where a shader is at fault or the context is gone. */
export function program(
  gl: WebGL2RenderingContext,
  vertex: string,
  fragment: string,
  locations: Readonly<Record<string, number>>,
): WebGLProgram {
  const linked = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) throw new Error('the WebGL context is gone');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(linked, shader);
    gl.deleteShader(shader); // goes with the program
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new Error(`shader: ${gl.getShaderInfoLog(shader) ?? 'not compiled'}`);
    }
  }
  for (const [name, at] of Object.entries(locations)) gl.bindAttribLocation(linked, at, name);
  gl.linkProgram(linked);
  if (!gl.getProgramParameter(linked, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`program: ${gl.getProgramInfoLog(linked) ?? 'not linked'}`);
  }
  return linked;
}
