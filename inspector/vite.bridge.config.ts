/**
 * Builds the bridge as one file with its packages. The bridge needs a major version of xstate that cannot be installed beside that
 * of the gateway, and only a few users of the package need the bridge.
 */
import { defineConfig } from 'vite'

export default defineConfig({
  build: {
    ssr: 'src/bridge/main.ts',
    target: 'node20',
    outDir: 'dist/bridge',
    // The licences of the packages demand it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      // `ws` uses these two if they are installed.
      external: ['bufferutil', 'utf-8-validate'],
      output: { entryFileNames: 'main.js', codeSplitting: false },
    },
  },
  ssr: { noExternal: true },
})
