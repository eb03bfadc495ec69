/** Builds the page. The gateway serves the result with `no-store`, so names need no hash and nothing old is left over. */
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/inspector/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    // The bridge's build is in the same folder.
    emptyOutDir: false,
    // The licences of the packages demand it.
    license: { fileName: 'licenses.md' },
    // Nothing inline: the content security policy forbids it.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/page.js',
        assetFileNames: ({ names: [name = ''] }) =>
          name.endsWith('.css') ? 'assets/page.css' : 'assets/[name][extname]',
        codeSplitting: false,
      },
    },
  },
})
