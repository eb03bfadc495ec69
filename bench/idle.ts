/**
 * Part `idle`: time of one operation on an idle gateway: from the POST to the answer, and to the broadcast of the transaction. The
 * broadcast is the moment at which the node announces the transaction to a subscriber of `newPendingTransactions`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, webSocket } from 'viem'
import type { Devnet } from '../src/devnet/devnet.ts'
import { connectGateway, type GatewayClient } from '../src/load/client.ts'
import { type GatewayProcess, withGateway } from './gatewayProcess.ts'
import { percentile } from './percentile.ts'
import type { Part, Row } from './row.ts'
import { creates } from './work.ts'

/** The warm-up is not counted: a process compiles its code just after the start. Every operation meets another part of the block interval. */
const FULL = { operations: 60, warmUp: 10, blockSeconds: 1 }
const QUICK = { operations: 12, warmUp: 8, blockSeconds: 0.25 }
const STATUS_EVERY_MS = 100
const BROADCAST_TIMEOUT_MS = 30_000

export const idle: Part = {
  name: 'idle',
  rows: ['idle_accept_ms_p50', 'idle_broadcast_ms_p50'],
  async measure({ isQuick }) {
    const { accepted, broadcast } = await benchIdle(isQuick ? QUICK : FULL)
    return [timesRow('idle_accept_ms_p50', accepted), timesRow('idle_broadcast_ms_p50', broadcast)]
  },
}

function timesRow(name: string, times: readonly number[]): Row {
  return { name, value: percentile(times, 0.5), beside: `p95 ${percentile(times, 0.95).toFixed(1)} ms` }
}

/** Milliseconds from the POST of each operation. */
interface IdleTimes {
  readonly accepted: readonly number[]
  readonly broadcast: readonly number[]
}

/**
 * Sends creates to a gateway with a separate chain. Each create is sent after the inclusion of the create before. The
 * batch window is 0: the times contain work and commits only.
 */
function benchIdle({ operations, warmUp, blockSeconds }: typeof FULL): Promise<IdleTimes> {
  const work = async ({ url }: GatewayProcess, chain: Devnet) => {
    const client = connectGateway(url, 1)
    const broadcasts = await watchBroadcasts(chain.rpcUrl)
    const measureOne = () => measure(client, broadcasts, 1_000 * blockSeconds)
    try {
      for (let count = 0; count < warmUp; count += 1) await measureOne()
      const samples: { readonly accepted: number; readonly broadcast: number }[] = []
      while (samples.length < operations) samples.push(await measureOne())
      return {
        accepted: samples.map(({ accepted }) => accepted),
        broadcast: samples.map(({ broadcast }) => broadcast),
      }
    } finally {
      broadcasts.close()
      client.close()
    }
  }
  return withGateway({ BATCH_WINDOW_MS: '0' }, work, { blockTimeSeconds: blockSeconds })
}

/** @param longestPause before the operation, in milliseconds */
async function measure(client: GatewayClient, broadcasts: Broadcasts, longestPause: number) {
  const [operation] = creates(1)
  if (operation === undefined) throw new Error('no operation was made')
  await sleep(Math.random() * longestPause)
  const broadcastAt = broadcasts.next()
  const start = performance.now()
  const answer = await client.submit(operation)
  const accepted = performance.now() - start
  if (answer.type !== 'accepted') throw new Error(`refused: ${answer.code} ${answer.message}`)
  const broadcast = (await broadcastAt) - start
  await included(client, answer.id)
  return { accepted, broadcast }
}

async function included(client: GatewayClient, id: string): Promise<void> {
  for (;;) {
    const status = await client.status(id)
    if (status?.state === 'finalized') return
    if (status?.state === 'failed') throw new Error(`the operation failed: ${status.error}`)
    await sleep(STATUS_EVERY_MS)
  }
}

interface Broadcasts {
  /** The time at which the node announces the next transaction, as of `performance.now()`. */
  next(): Promise<number>
  close(): void
}

async function watchBroadcasts(rpcUrl: string): Promise<Broadcasts> {
  const client = createPublicClient({ transport: webSocket(rpcUrl.replace('http:', 'ws:')) })
  let announce: (time: number) => void = () => {}
  let fail: (error: Error) => void = () => {}
  await client.transport.subscribe({
    params: ['newPendingTransactions'],
    onData: () => announce(performance.now()),
    onError: (error) => fail(error),
  })
  const socket = await client.transport.getRpcClient()
  return {
    next: () =>
      new Promise<number>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no broadcast was seen')), BROADCAST_TIMEOUT_MS)
        fail = reject
        announce = (time) => {
          clearTimeout(timer)
          resolve(time)
        }
      }),
    close: () => socket.close(),
  }
}
