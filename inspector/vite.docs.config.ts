/** Builds the page of the API. Its paths are relative, because the API may be mounted below another path. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    // The live view's build is in the same folder.
    emptyOutDir: false,
    // Nothing inline: the content security policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: false,
    license: { fileName: 'docs/licenses.md' },
    rolldownOptions: {
      input: fileURLToPath(new URL('docs/index.html', import.meta.url)),
      output: {
        entryFileNames: 'docs/assets/docs.js',
        assetFileNames: ({ names: [name = ''] }) =>
          name.endsWith('.css') ? 'docs/assets/docs.css' : 'docs/assets/[name][extname]',
        codeSplitting: false,
      },
    },
  },
})
