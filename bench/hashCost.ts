/** `npm run bench -- --hash-cost real`: measures on a registry that is as slow for the node as the deployed registry. */
import { parseArgs } from 'node:util'
import type { HashCost } from '../src/devnet/deploy.ts'

const { values } = parseArgs({ options: { 'hash-cost': { type: 'string' } }, strict: false })

export const hashCost: HashCost = values['hash-cost'] === 'real' ? 'real' : 'fast'
