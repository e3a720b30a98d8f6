/** How the page is built: hashed names, nothing inlined, for the strict policy it is served under. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  base: './', // it works below a path of a proxy, too
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  worker: { format: 'es' },
  build: {
    outDir: process.env['CITYWATCH_PAGE'] ?? '../monitor/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URL of a script or style would be refused
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      output: {
        // What seldom changes keeps its name, and stays in watchers' caches, when our code changes.
        manualChunks: (id) => /node_modules\/(maplibre-gl|uplot)\//.exec(id)?.[1],
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
