/** Polls the status of each acknowledged operation, and compares each `finalized` with the chain at once. */
import type { Hash } from '../../src/domain/primitives.ts'
import type { ServiceClient } from '../support/client.ts'
import { headNumber, type Scene } from './scene.ts'
import type { Task } from './traffic.ts'

type State = Awaited<ReturnType<ServiceClient['status']>>['status']

/** A new status, with the state of the chain at the moment. */
export interface Sighting {
  readonly state: State['state'] | 'unknown'
  readonly txHash: string | null
  /** Confirmations of a `finalized`; -1 without a canonical block. Null for other states. */
  readonly depth: number | null
}

export interface Witness {
  /** The sequence of statuses of each acknowledged operation, by id, without repetitions. */
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>
  watch(id: string, task: Task): void
  /** Queries unfinished operations, or all. The chain must not change meanwhile. */
  look(client: ServiceClient, which: 'open' | 'all'): Promise<void>
  /** Operations without a known verdict. */
  openTasks(): readonly Task[]
}

export function createWitness(scene: () => Scene): Witness {
  const tasks = new Map<string, Task>()
  const sightings = new Map<string, Sighting[]>()

  async function lookAt(id: string, client: ServiceClient): Promise<void> {
    const { status, body } = await client.get(`/status/${id}`)
    if (status >= 500) return
    const seen: State | null = status === 200 ? (body as { status: State }).status : null
    const state = seen?.state ?? 'unknown'
    const txHash = seen !== null && 'tx_hash' in seen ? seen.tx_hash : null
    const before = sightings.get(id) ?? []
    const last = before.at(-1)
    if (last?.state === state && last.txHash === txHash) return
    const depth = state === 'finalized' ? await depthOf(scene(), `0x${txHash?.slice(2)}`) : null
    sightings.set(id, [...before, { state, txHash, depth }])
  }

  return {
    sightings,
    watch(id, task) {
      tasks.set(id, task)
      sightings.set(id, [])
    },
    async look(client, which) {
      const ids = [...tasks.keys()].filter((id) => which === 'all' || !hasEnded(sightings.get(id)))
      // A crashed gateway has made no statement.
      await Promise.all(ids.map((id) => lookAt(id, client).catch(ifGatewayIsGone)))
    },
    openTasks: () => [...tasks].filter(([id]) => !hasEnded(sightings.get(id))).map(([, task]) => task),
  }
}

export function hasEnded(sightings: readonly Sighting[] = []): boolean {
  const state = sightings.at(-1)?.state
  return state === 'finalized' || state === 'failed'
}

/** Confirmations of a transaction, counted from the greatest known height. */
async function depthOf(scene: Scene, hash: Hash): Promise<number> {
  const receipt = await scene.node.ask<{ readonly blockNumber: string } | null>('eth_getTransactionReceipt', [
    hash,
  ])
  const highest = Math.max(scene.highest, await headNumber(scene))
  return receipt === null ? -1 : highest - Number(receipt.blockNumber)
}

function ifGatewayIsGone(error: unknown): void {
  if (!(error instanceof TypeError)) throw error
}
