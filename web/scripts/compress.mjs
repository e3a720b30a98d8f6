/**
 * After the build: writes .br and .gz beside every text file, at the highest level, so that the
 * server never compresses. A file that does not get smaller has none beside it.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const PAGE =
  process.env.CITYWATCH_PAGE ?? fileURLToPath(new URL('../../monitor/page/', import.meta.url));
const TEXT = /\.(html|js|mjs|css|json|svg|txt)$/;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

for (const path of files(PAGE).filter((name) => TEXT.test(name))) {
  const plain = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  const made = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: 9 }) };
  for (const [ending, packed] of Object.entries(made)) {
    if (packed.length < plain.length) writeFileSync(`${path}.${ending}`, packed);
  }
}
