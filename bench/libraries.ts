/** Part `libraries`: CPU time of own code and of replaceable library code, measured in turn in one run. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  createPublicClient,
  custom,
  encodeFunctionData,
  hashTypedData,
  http,
  recoverAddress,
  toRlp,
  keccak256 as viemKeccak256,
} from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { z } from 'zod'
import { localSigner } from '../src/actors/signing/localSigner.ts'
import type { Hex } from '../src/domain/primitives.ts'
import { bytesOf, keccak256 } from '../src/evm/keccak.ts'
import { recoverSigner } from '../src/evm/recoverSigner.ts'
import { registryFunctions } from '../src/registry/worldId/abi.ts'
import { registryCall } from '../src/registry/worldId/calls.ts'
import type { InsertAuthenticatorOp } from '../src/registry/worldId/operations.ts'
import { registryDigest, registryDomain, registryTypes } from '../src/registry/worldId/typedData.ts'
import { createHttpLink } from '../src/rpc/httpLink.ts'
import { concurrently, cpuTimes, inLoop, type Repeat } from './cpuTime.ts'
import type { Part, Row } from './row.ts'

const NAMES = [
  'signer_recovery_us',
  'eip712_digest_us',
  'keccak_60k_us',
  'keccak_256_us',
  'signing_60k_us',
  'signing_300_us',
  'rpc_call_us',
  'calldata_us',
  'rlp_60k_us',
  'rlp_300_us',
] as const

export const libraries: Part = {
  name: 'libraries',
  rows: NAMES,
  measure: async ({ isQuick }) => (isQuick ? [] : benchLibraries()),
}

type Name = (typeof NAMES)[number]

interface Comparison {
  readonly name: Name
  /** Null where the gateway uses viem. */
  readonly own: Repeat | null
  readonly viem: Repeat
}

const KEY: Hex = `0x${'5a'.repeat(32)}`
/** The calldata of a full batch and of a single operation. */
const BATCH_BYTES = 60_000
const OPERATION_BYTES = 300
const CALLS_IN_FLIGHT = 16
const CALL_TIMEOUT_MS = 10_000

async function benchLibraries(): Promise<readonly Row[]> {
  const server = await startRpcServer()
  try {
    const comparisons = [
      await signerRecovery(),
      typedDataDigest(),
      hashing('keccak_60k_us', BATCH_BYTES),
      hashing('keccak_256_us', 256),
      signing('signing_60k_us', BATCH_BYTES),
      signing('signing_300_us', OPERATION_BYTES),
      rpcCall(server.url),
      calldata(),
      rlp('rlp_60k_us', BATCH_BYTES),
      rlp('rlp_300_us', OPERATION_BYTES),
    ]
    const rows: Row[] = []
    for (const comparison of comparisons) rows.push(await measure(comparison))
    return rows
  } finally {
    server.process.kill()
  }
}

async function measure({ name, own, viem }: Comparison): Promise<Row> {
  const [viemCost = Number.NaN, ownCost] = await cpuTimes(own === null ? [viem] : [viem, own])
  if (ownCost === undefined) return { name, value: viemCost, beside: 'viem' }
  const ratio = (viemCost / ownCost).toFixed(1)
  return { name, value: ownCost, beside: `viem ${viemCost.toFixed(1)} µs, ${ratio} times` }
}

async function signerRecovery(): Promise<Comparison> {
  const digest = keccak256(bytesOf(KEY))
  const signature = await sign({ hash: digest, privateKey: KEY, to: 'hex' })
  return {
    name: 'signer_recovery_us',
    own: inLoop(() => recoverSigner(digest, signature)),
    viem: concurrently(1, () => recoverAddress({ hash: digest, signature })),
  }
}

const INSERT: InsertAuthenticatorOp = {
  kind: 'insert_authenticator',
  leafIndex: '0x1234',
  newAuthenticatorAddress: hexOf(20),
  pubkeyId: 3,
  newAuthenticatorPubkey: hexOf(32),
  oldOffchainSignerCommitment: hexOf(32),
  newOffchainSignerCommitment: hexOf(32),
  signature: hexOf(65),
  nonce: '0x5',
}

function typedDataDigest(): Comparison {
  const own = registryDigest('InsertAuthenticator')
  const { separator, ...domain } = registryDomain(480, hexOf(20))
  const { leafIndex, newAuthenticatorPubkey, newOffchainSignerCommitment, nonce } = INSERT
  const message = {
    ...INSERT,
    leafIndex: BigInt(leafIndex),
    newAuthenticatorPubkey: BigInt(newAuthenticatorPubkey),
    newOffchainSignerCommitment: BigInt(newOffchainSignerCommitment),
    nonce: BigInt(nonce),
  }
  return {
    name: 'eip712_digest_us',
    own: inLoop(() => own(INSERT, { ...domain, separator })),
    viem: inLoop(() =>
      hashTypedData({ domain, types: registryTypes, primaryType: 'InsertAuthenticator', message }),
    ),
  }
}

function hashing(name: Name, size: number): Comparison {
  const bytes = bytesOf(hexOf(size))
  return { name, own: inLoop(() => keccak256(bytes)), viem: inLoop(() => viemKeccak256(bytes)) }
}

function signing(name: Name, size: number): Comparison {
  const transaction = {
    type: 'eip1559' as const,
    ...{ chainId: 480, nonce: 5, to: hexOf(20), data: hexOf(size) },
    ...{ gas: 15_000_000n, maxFeePerGas: 2_000_000n, maxPriorityFeePerGas: 1_000_000n },
  }
  const [signer, account] = [localSigner(KEY), privateKeyToAccount(KEY)]
  return {
    name,
    own: concurrently(1, () => signer.signTransaction(transaction)),
    viem: concurrently(1, () => account.signTransaction(transaction)),
  }
}

function rpcCall(url: string): Comparison {
  const link = createHttpLink(url, 'bench')
  const own = custom({ request: (call) => link.request(call, CALL_TIMEOUT_MS) })
  const call = {
    method: 'eth_call',
    params: [{ to: hexOf(20), data: hexOf(OPERATION_BYTES) }, 'latest'],
  } as const
  const calls = (transport: typeof own | ReturnType<typeof http>) => {
    const client = createPublicClient({ transport })
    return concurrently(CALLS_IN_FLIGHT, () => client.request(call))
  }
  return { name: 'rpc_call_us', own: calls(own), viem: calls(http(url, { timeout: CALL_TIMEOUT_MS })) }
}

function calldata(): Comparison {
  const own = registryCall('insertAuthenticator')
  const abi = registryFunctions.filter((item) => item.name === 'insertAuthenticator')
  return {
    name: 'calldata_us',
    own: inLoop(() => own(INSERT)),
    // The operation holds integers as hex: a caller of viem converts them.
    viem: inLoop(() =>
      encodeFunctionData({
        abi,
        functionName: 'insertAuthenticator',
        args: [
          BigInt(INSERT.leafIndex),
          INSERT.newAuthenticatorAddress,
          INSERT.pubkeyId,
          BigInt(INSERT.newAuthenticatorPubkey),
          BigInt(INSERT.oldOffchainSignerCommitment),
          BigInt(INSERT.newOffchainSignerCommitment),
          INSERT.signature,
          BigInt(INSERT.nonce),
        ],
      }),
    ),
  }
}

/** The gateway encodes with viem. The row shows the cost of an encoding. */
function rlp(name: Name, size: number): Comparison {
  const fields = [bytesOf(hexOf(20)), bytesOf(hexOf(size))]
  return { name, own: null, viem: inLoop(() => toRlp(fields, 'bytes')) }
}

function hexOf(bytes: number): Hex {
  return `0x${'a7'.repeat(bytes)}`
}

const listening = z.tuple([z.object({ port: z.number() })]).rest(z.unknown())

async function startRpcServer(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = fork(new URL('./rpcServer.ts', import.meta.url))
  const [{ port }] = listening.parse(await once(child, 'message'))
  return { url: `http://127.0.0.1:${port}`, process: child }
}
