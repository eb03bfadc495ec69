/** Faults in the package and in the options of an embedded gateway. */
import type { Mutant } from '../mutant.ts'

const READ = 'src/config/read.ts'
const EMBED = 'src/embed.ts'
const OPTIONS_TEST = 'test/config/embedded.test.ts'
const EMBEDDING_TEST = 'test/e2e/embedding.test.ts'

export const embedding: readonly Mutant[] = [
  {
    name: 'mistakes-of-objects-lost',
    meaning: 'a mistake in a setting hides the mistakes in the other options',
    file: READ,
    find: 'throw new ConfigurationError([...mistakes, ...issues.map((issue) => describe(issue, texts, name))])',
    replace: 'throw new ConfigurationError(issues.map((issue) => describe(issue, texts, name)))',
    tests: [OPTIONS_TEST],
  },
  {
    name: 'unknown-option-ignored',
    meaning: 'a misspelt option has no effect and is not reported',
    file: 'src/config/embedded.ts',
    find: 'if (value === undefined || name in others) continue',
    replace:
      'if (value === undefined || name in others || !embeddedOptions.some((o) => o.name === name)) continue',
    tests: [OPTIONS_TEST],
  },
  {
    name: 'own-store-ignored',
    meaning: 'an embedded gateway keeps its operations elsewhere than in the store of the program',
    file: EMBED,
    find: '    ...(store && { store }),\n',
    replace: '',
    tests: [EMBEDDING_TEST],
  },
  {
    name: 'inspect-ignored',
    meaning: 'the program sees no inspection events while the live view is on',
    file: EMBED,
    find: '    inspect?.(inspection)\n',
    replace: '',
    tests: [EMBEDDING_TEST],
  },
  {
    name: 'missing-driver-unnamed',
    meaning: 'an installation without the native part of SQLite ends with a stack',
    file: 'src/store/sqlite/driver.ts',
    find: 'const name = /@libsql\\/[\\w-]+/.exec(String(cause))?.[0] ?? ',
    replace: 'const name = ',
    tests: ['test/store/driver.test.ts'],
  },
  {
    name: 'early-hash-wrong',
    meaning: 'a hash before WebAssembly is compiled is another one',
    file: 'src/evm/keccak.ts',
    find: 'return slowKeccak256(data)',
    replace: 'return slowKeccak256(data.slice(1))',
    tests: ['test/evm/keccak.test.ts'],
  },
]
