/** Faults in verification, bounds and access: what the gateway accepts, and from whom. */
import type { Mutant } from '../mutant.ts'

const PREFLIGHT = 'src/actors/preflight/preflight.ts'
const AGENTS = 'src/actors/preflight/verifyAgents.ts'
const AGENTS_TEST = 'test/actors/preflight/verifyAgents.test.ts'

export const admission: readonly Mutant[] = [
  {
    name: 'stranger-recovers-later',
    meaning: 'a recovery ahead of its nonce is admitted without its agent',
    file: PREFLIGHT,
    find: "if (verification.type === 'byAgents' && revert.name === NONCE_ERROR) {",
    replace: "if (verification.type === 'none' && revert.name === NONCE_ERROR) {",
    tests: [AGENTS_TEST],
  },
  {
    name: 'agent-with-code-not-asked',
    meaning: 'the signature of a key counts, although a delegate decides for it',
    file: AGENTS,
    find: "code === '0x' ? agent",
    replace: "code !== '' ? agent",
    tests: [AGENTS_TEST],
  },
  {
    name: 'any-answer-accepts',
    meaning: 'an agent that answers anything accepts the signature',
    file: 'src/evm/erc1271.ts',
    find: 'return answer.slice(0, ACCEPTED.length).toLowerCase() === ACCEPTED',
    replace: 'return answer.length >= ACCEPTED.length',
    tests: [AGENTS_TEST],
  },
  {
    name: 'next-agent-unknown',
    meaning: 'the agent that will replace the present agent cannot recover the account',
    file: AGENTS,
    find: 'return answers.includes(true)',
    replace: 'return answers.indexOf(true) === 0',
    tests: [AGENTS_TEST],
  },
]
