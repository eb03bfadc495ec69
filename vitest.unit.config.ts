/** The tests that need neither a local chain nor a browser: `npm run test:unit`. They run on every platform. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { common } from './vitest.config.ts'

const FOLDERS =
  'config,evm,gateway,inspection,inspector/page,inspector/wire,load,machines,metrics,models,policy,registry,rpc,server,store'

export default defineConfig({
  test: {
    ...common,
    include: [`test/{${FOLDERS}}/**/*.test.ts`, 'test/package.test.ts'],
    // These two start a local chain.
    exclude: ['test/evm/simulator.test.ts', 'test/registry/onChain.test.ts'],
    isolate: false,
    maxWorkers: availableParallelism(),
    reporters: ['default'],
  },
})
