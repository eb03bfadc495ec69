/** Runs a plan: a whole gateway in the simulated world, until the faults have ended and everything is at rest. */
import { parseEther } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import type { Recording } from '../../inspector/src/wire.ts'
import type { GatewayConfig } from '../../src/domain/config.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OperationId } from '../../src/domain/operation.ts'
import type { DurationMs } from '../../src/domain/primitives.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import type { OperationRecord, RequestStore } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { effectOf } from './callData.ts'
import { Camera } from './camera.ts'
import { Chain } from './chain/chain.ts'
import { Node } from './chain/node.ts'
import { Clock, DAWN } from './clock.ts'
import { takeOver } from './host.ts'
import { type Evidence, findViolations, landingsOn, tellViolation, type Violation } from './invariants.ts'
import { Keeper } from './keeper.ts'
import { Ledger } from './ledger.ts'
import { leftoversOf } from './leftovers.ts'
import { Network } from './network.ts'
import type { Plan } from './plan.ts'
import { highestMarketPrice } from './prices.ts'
import { CHAIN_ID, configOf, ETHER, GWEI, MULTICALL, REGISTRY, verdictDepth, WALLET_KEY } from './settings.ts'
import { tell } from './tell.ts'
import { Trace } from './trace.ts'
import { Crowd } from './users/crowd.ts'
import { populate } from './users/population.ts'
import { Sky, STRANGER } from './weather/sky.ts'
import type { Happening } from './weather/spells.ts'
import { Weather } from './weather/weather.ts'

export interface Report {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** One line for each event. Built on demand. */
  readonly trace: string
  /** The evidence for the invariants. */
  readonly evidence: Evidence
  /** For the live view; null without a recording. */
  readonly recording: Recording | null
  /** Simulated duration of the run. */
  readonly duration: DurationMs
  readonly turns: number
  readonly lives: number
  /** Number of crashes, by point and effect: `after commit`. */
  readonly kills: Readonly<Record<string, number>>
  readonly blocks: number
  readonly operations: Readonly<Record<string, number>>
  readonly strikes: Readonly<Record<string, number>>
}

/** Longest time from the end of the faults until the gateway is at rest. */
const PATIENCE: DurationMs = 3_600_000

/** Interval between two checks for rest. */
const LOOK_INTERVAL: DurationMs = 5_000

/** Number of blocks with the gateway at rest until a run ends. */
const BLOCKS_AT_REST = 4

/** Most events of a run: a run without progress ends here. */
const MOST_TURNS = 5_000_000

export interface RunOptions {
  /** Whether the report has a recording. Default: false. */
  readonly isRecorded?: boolean
}

/** Runs a plan. A thread runs one world at a time, because the world replaces the timers of Node. */
export async function run(plan: Plan, { isRecorded = false }: RunOptions = {}): Promise<Report> {
  const clock = new Clock()
  const giveBack = takeOver(clock, plan.seed)
  const store = openSqliteStore(':memory:')
  try {
    const world = new World(plan, clock, store, isRecorded)
    return await world.turn()
  } finally {
    giveBack()
    await store.close()
  }
}

class World {
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #store: RequestStore
  readonly #config: GatewayConfig
  readonly #wallet = privateKeyToAddress(WALLET_KEY).toLowerCase() as `0x${string}`
  readonly #trace: Trace
  readonly #camera: Camera | null
  readonly #weather: Weather
  readonly #chain: Chain
  readonly #sky: Sky
  readonly #keeper: Keeper
  readonly #crowd: Crowd
  readonly #ledger: Ledger
  /** Effects that another account sent or contradicted. */
  readonly #meddled = new Set<string>()
  /** The first block with the gateway at rest. */
  #restingSince: number | null = null

  constructor(plan: Plan, clock: Clock, store: RequestStore, isRecorded: boolean) {
    const { seed, settings } = plan
    this.#plan = plan
    this.#clock = clock
    this.#store = store
    this.#config = configOf(settings)
    this.#camera = isRecorded ? new Camera(clock, this.#config) : null
    this.#trace = new Trace(clock)
    this.#weather = new Weather(plan, clock)
    const domain = registryDomain(CHAIN_ID, REGISTRY)
    const { registry, agents, errands } = populate(plan, domain)
    this.#chain = new Chain({
      chainId: CHAIN_ID,
      registry: REGISTRY,
      multicall: MULTICALL,
      domain,
      gasLimit: settings.blockGas,
      baseFee: GWEI,
      timestamp: DAWN / 1_000,
      balances: new Map([
        [this.#wallet, parseEther(`${settings.funds}`)],
        [STRANGER, 1_000_000n * ETHER],
      ]),
      accounts: registry,
      agents,
      refusesBelowBaseFee: settings.refusesBelowBaseFee,
    })
    const node = new Node(this.#chain, {
      traces: settings.traces,
      suggestedTip: settings.suggestedTip,
      stateBlocks: 128,
      tagLags: settings.tagLags,
      preconfirms: settings.preconfirms,
    })
    this.#ledger = new Ledger({
      chain: this.#chain,
      confirmations: verdictDepth(this.#config, settings),
      operationOf: (id) =>
        this.#crowd.submissions.find((submission) => submission.id === id)?.operation ?? null,
      isIntruded: () => this.#sky.intrusions.size > 0,
    })
    const common = { seed, plan, clock, chain: this.#chain, weather: this.#weather, trace: this.#trace }
    const network = new Network({
      ...common,
      node,
      pushes: settings.pushes,
      onSent: (transaction, fate) => this.#ledger.sent(transaction, fate),
    })
    this.#sky = new Sky({ ...common, settings, network, wallet: this.#wallet })
    this.#keeper = new Keeper({
      ...common,
      config: this.#config,
      camera: this.#camera,
      network,
      store: this.#ledger.watch(store),
      onEvent: (event) => this.#hear(event),
      onCrash: (failure) => this.#ledger.violate('gatewayLives', `the gateway crashed: ${String(failure)}`),
    })
    this.#crowd = new Crowd({
      ...common,
      keeper: this.#keeper,
      domain,
      stateOf: async (id) => (await store.status(id))?.state ?? null,
    })
    this.#crowd.begin(errands)
    for (const { rival, operation, planned } of errands) {
      if (rival === null) continue
      this.#meddled.add(effectOf(operation))
      clock.after(planned.at + 500, () => this.#sky.send(rival))
    }
  }

  async turn(): Promise<Report> {
    const { happenings, clearsAt } = this.#plan
    this.#sky.begin()
    this.#keeper.start()
    for (const happening of happenings) {
      if (happening.at < clearsAt) this.#clock.after(happening.at, () => this.#befall(happening))
    }
    this.#clock.after(clearsAt, () => this.#trace.add('weather: faults have ended'))
    this.#lookForRest(clearsAt + LOOK_INTERVAL)
    let isOver = false
    await this.#clock.run(() => {
      isOver = this.#isAtRest || this.#isHopeless
      return isOver
    })
    if (this.#isHopeless) this.#ledger.violate('comesToRest', this.#unrest.join('; '))
    return this.#report()
  }

  get #isAtRest(): boolean {
    return this.#restingSince !== null && this.#chain.head.number >= this.#restingSince + BLOCKS_AT_REST
  }

  get #isHopeless(): boolean {
    const time = this.#clock.now - DAWN
    return time > this.#plan.clearsAt + PATIENCE || this.#clock.turns > MOST_TURNS
  }

  #lookForRest(delay: DurationMs): void {
    this.#clock.after(delay, () => {
      if (this.#unrest.length > 0) this.#restingSince = null
      else this.#restingSince ??= this.#chain.head.number
      this.#lookForRest(LOOK_INTERVAL)
    })
  }

  /** The unfinished work, in words. */
  get #unrest(): readonly string[] {
    return [
      ...(this.#crowd.isAtRest ? [] : ['users have errands']),
      ...(this.#keeper.isThreatened ? ['a crash is planned'] : []),
      ...(this.#keeper.gateway === null ? ['no gateway accepts operations'] : []),
      ...leftoversOf(this.#keeper.life, this.#chain),
    ]
  }

  #befall(happening: Happening): void {
    const { fault, strength } = happening
    this.#weather.note(fault)
    const happen: Readonly<Record<typeof fault, () => void>> = {
      stall: () => this.#sky.stall(strength),
      burst: () => this.#sky.burst(strength),
      reorg: () => this.#sky.reorg(happening, false),
      rollback: () => this.#sky.reorg(happening, true),
      poolDrop: () => this.#sky.poolDrop(),
      intrusion: () => this.#sky.intrude(strength),
      frontRun: () => this.#frontRun(strength),
      crash: () => this.#keeper.crash(happening),
      stop: () => this.#keeper.stop(),
    }
    happen[fault]()
  }

  /** A foreign account sends a recently accepted operation. */
  #frontRun(strength: number): void {
    const open = this.#crowd.submissions.filter(({ answer }) => answer === 'accepted').slice(-4)
    const chosen = open[strength % Math.max(1, open.length)]
    if (chosen === undefined) return
    this.#meddled.add(effectOf(chosen.operation))
    this.#sky.send(chosen.operation)
  }

  #hear(event: GatewayEvent): void {
    const line = tell(event)
    if (line !== null) this.#trace.add(`gateway: ${line}`)
    this.#ledger.said(event)
  }

  async #report(): Promise<Report> {
    const records = new Map<OperationId, OperationRecord>()
    for (const { id } of this.#crowd.submissions) {
      const record = await this.#store.operation(id)
      if (record !== null) records.set(id, record)
    }
    const batches = await this.#store.batches(1_000_000)
    const attempts = (await Promise.all(batches.map(({ id }) => this.#store.attempts(id)))).flat()
    const { maxFeePerGas: feeCap } = this.#config.transactions
    const confirmations = verdictDepth(this.#config, this.#plan.settings)
    const evidence: Evidence = {
      chain: this.#chain,
      landings: landingsOn(this.#chain),
      wallet: this.#wallet,
      submissions: this.#crowd.submissions,
      records,
      attempts,
      intrusions: this.#sky.intrusions,
      confirmations,
      feeCap,
      marketPrice: highestMarketPrice(this.#chain, this.#plan.settings.suggestedTip ?? 0),
      fates: this.#ledger.fates,
      leftovers: leftoversOf(this.#keeper.life, this.#chain),
      meddled: this.#meddled,
    }
    const violations = [...this.#ledger.violations, ...findViolations(evidence)]
    const trace = this.#trace
    for (const violation of violations) trace.add(`VIOLATION: ${tellViolation(violation)}`)
    return {
      seed: this.#plan.seed,
      evidence,
      violations,
      get trace() {
        return trace.text
      },
      duration: this.#clock.now - DAWN,
      turns: this.#clock.turns,
      recording: this.#camera?.recording() ?? null,
      lives: this.#keeper.lives,
      kills: Object.fromEntries(this.#keeper.kills),
      blocks: this.#chain.head.number,
      operations: countBy([...records.values()].map(({ state }) => state.state)),
      strikes: Object.fromEntries(this.#weather.strikes),
    }
  }
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
