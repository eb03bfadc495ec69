/** Faults in rate limits, settings and keys. */
import type { Mutant } from '../mutant.ts'

const WINDOWS = 'src/server/slidingWindows.ts'
const WINDOWS_TEST = 'test/server/slidingWindows.test.ts'
const LIMITS = 'src/server/rateLimits.ts'
const LIMITS_TEST = 'test/server/rateLimits.test.ts'

export const keys: readonly Mutant[] = [
  {
    name: 'window-too-long',
    meaning: 'a request stays in the window a moment longer than its duration',
    file: WINDOWS,
    find: 'const isInside = (time: Millis) => time > at - this.#limit.window',
    replace: 'const isInside = (time: Millis) => time >= at - this.#limit.window',
    tests: [WINDOWS_TEST],
  },
  {
    name: 'windows-without-bound',
    meaning: 'the memory of the rate limit grows with the number of accounts',
    file: WINDOWS,
    find: 'if (!isOver && this.#size <= this.#maxRemembered) return',
    replace: 'if (!isOver) return',
    tests: [WINDOWS_TEST],
  },
  {
    name: 'stranger-uses-up-the-limit',
    meaning: 'with RATE_LIMIT_KEY=both a stranger uses up the limit of an account',
    file: LIMITS,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is source text
    find: '`${leaf} ${client}`',
    replace: 'leaf',
    tests: [LIMITS_TEST],
  },
  {
    name: 'kind-escapes-the-limit',
    meaning: 'operations of one kind are not counted for their account',
    file: 'src/server/routes/submissions.ts',
    find: 'owner !== null && !needsNoTransaction',
    replace: "owner !== null && path !== '/recover-account'",
    tests: [LIMITS_TEST],
  },
  {
    name: 'high-s',
    meaning: 'a signature of a key service with a high s is broadcast, and no node accepts it',
    file: 'src/evm/derSignature.ts',
    find: 's > ORDER / 2n ? ORDER - s : s',
    replace: 's',
    tests: ['test/evm/derSignature.test.ts'],
  },
  {
    name: 'javascript-in-silence',
    meaning: 'without a native build, signers are recovered by slow JavaScript',
    file: 'src/evm/secp256k1.ts',
    find: 'return wasmSecp256k1(load(WASM) as typeof wasm)',
    replace: "return nativeSecp256k1(require('secp256k1'))",
    tests: ['test/evm/secp256k1.test.ts'],
  },
  {
    name: 'one-recovery-id',
    meaning: 'half of the signatures of a key service are taken for those of another key',
    file: 'src/actors/signing/kmsSigner.ts',
    find: '[0, 1].find(',
    replace: '[0].find(',
    tests: ['test/actors/signing/kmsSigner.test.ts'],
  },
  {
    name: 'any-key-of-kms',
    meaning: 'a key of another kind is used',
    file: 'src/actors/signing/kmsSigner.ts',
    find: "spec !== 'ECC_SECG_P256K1'",
    replace: 'spec === undefined',
    tests: ['test/actors/signing/kmsSigner.test.ts'],
  },
  {
    name: 'signs-anything',
    meaning: 'an embedded signer may sign another transaction',
    file: 'src/actors/signing/embeddedSigner.ts',
    find: 'withSignature(signature) !== raw.toLowerCase()',
    replace: 'raw.length === 0',
    tests: ['test/actors/signing/embeddedSigner.test.ts'],
  },
  {
    name: 'neighbour-signs',
    meaning: 'a replica uses the key of its neighbour',
    file: 'src/config/read.ts',
    find: 'keyIds[Number(number)]',
    replace: 'keyIds[Number(number) - 1]',
    tests: ['test/config/secretFiles.test.ts'],
  },
  {
    name: 'two-secrets',
    meaning: 'a secret from a file silently replaces one that is given directly',
    file: 'src/config/read.ts',
    find: 'texts[key] === undefined ? readSecret(file)',
    replace: 'texts[key] !== null ? readSecret(file)',
    tests: ['test/config/secretFiles.test.ts'],
  },
  {
    name: 'silent-about-the-reference',
    meaning: 'a variable of the reference gateway without effect is not told',
    file: 'src/config/strangeVariables.ts',
    find: 'if (instead !== undefined) return [{',
    replace: 'if (instead === undefined) return [{',
    tests: ['test/config/strangeVariables.test.ts'],
  },
  {
    name: 'ordinary-variable-told',
    meaning: 'an ordinary variable of the system is taken for a misspelt setting',
    file: 'src/config/nearestSetting.ts',
    find: 'const LETTERS_PER_MISTAKE = 6',
    replace: 'const LETTERS_PER_MISTAKE = 2',
    tests: ['test/config/strangeVariables.test.ts'],
  },
]
