/** A browser with the live view of a gateway. The test mines the blocks of the chain. */
import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../../src/load/account.ts'
import { seededRandom } from '../../load/seededRandom.ts'
import { seedAccounts } from '../../support/accounts.ts'
import { sizeOf } from '../../support/campaign.ts'
import { startTestChain, type TestChain } from '../../support/chain.ts'
import { eventually } from '../../support/eventually.ts'
import { type Miner, startMiner } from '../../support/miner.ts'
import { type ReservedPort, reservePort } from '../../support/reservedPort.ts'
import { type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../../support/service.ts'
import { openBrowser, WAIT_LIMIT_MS } from './openBrowser.ts'

const SHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url))
const WINDOWS = [
  { size: 'desk', width: 1280, height: 720 },
  { size: 'phone', width: 390, height: 844 },
] as const

const PICTURES = WINDOWS.flatMap(({ size }) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ size, colorScheme })),
).slice(0, sizeOf('pagePictures'))

export const random = seededRandom(23)

interface SceneOptions {
  /** Settings of the gateway, by environment variable. */
  readonly settings?: NodeJS.Dict<string>
  /** True if the gateway reaches the chain through a proxy. */
  readonly isProxied?: boolean
}

export class Scene {
  /** Errors in the console of the browser. */
  readonly errors: string[] = []
  readonly chain: TestChain
  readonly miner: Miner
  readonly page: Page
  /** Unused accounts. */
  readonly accounts: LiveAccount[]
  #service: TestService
  readonly #open: () => Promise<TestService>
  readonly #proxy: RpcProxy | null
  readonly #browser: Browser
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>
  /** The port of the gateway, kept over a restart of the gateway. */
  readonly #reserved: ReservedPort

  private constructor(parts: Parts) {
    this.chain = parts.chain
    this.miner = parts.miner
    this.page = parts.page
    this.accounts = [...parts.accounts]
    this.#service = parts.service
    this.#open = parts.open
    this.#proxy = parts.proxy
    this.#browser = parts.browser
    this.#folder = parts.folder
    this.#reserved = parts.reserved
    this.page.setDefaultTimeout(WAIT_LIMIT_MS)
    this.page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()))
    this.page.on('pageerror', (error) => this.errors.push(error.message))
  }

  /** Builds the page, and starts everything. */
  static async start({ settings = {}, isProxied = false }: SceneOptions = {}): Promise<Scene> {
    execFileSync('npm', ['run', 'build:page', '-w', 'inspector'])
    await mkdir(SHOTS, { recursive: true })
    const chain = await startTestChain()
    const accounts = await seedAccounts(chain, { count: 4, authenticators: 2, random })
    const miner = await startMiner(chain)
    const folder = await temporaryFolder()
    const reserved = await reservePort()
    const proxy = isProxied ? await startRpcProxy(chain.rpcUrl) : null
    const open = () =>
      startService({ ...chain, rpcUrl: proxy?.url ?? chain.rpcUrl }, folder.path, reserved, settings)
    const service = await open()
    const browser = await openBrowser()
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, acceptDownloads: true })
    return new Scene({ chain, proxy, accounts, miner, folder, reserved, service, open, browser, page })
  }

  /** The endpoint between the gateway and the chain. */
  get proxy(): RpcProxy {
    if (this.#proxy === null) throw new TypeError('the scene has no proxy')
    return this.#proxy
  }

  get service(): TestService {
    return this.#service
  }

  /** Stops the gateway. @returns a function that restarts the gateway on the old port */
  async stopService(): Promise<() => Promise<void>> {
    await this.#service.stop()
    return async () => {
      this.#service = await this.#open()
    }
  }

  async stop(): Promise<void> {
    await this.#browser.close()
    await this.#service.stop()
    await this.#reserved.release()
    await this.#proxy?.close()
    await this.miner.pause()
    await this.chain.stop()
    await this.#folder.remove()
  }

  /** Opens a view and waits for the connection to the gateway. */
  async show(route: string): Promise<void> {
    await this.page.goto(`${this.service.url}/inspector#/${route}`)
    await this.page.locator('.link.live').waitFor()
  }

  /** Sends an operation and waits for finality. @returns the id without prefix */
  async finalize(): Promise<string> {
    const id = await this.service.accept(createIdleAccount(random))
    await this.service.reaches(id, 'finalized')
    return id.replace('gw_', '')
  }

  /**
   * Sends an operation, and waits for its finality and for the line in the log. The wait for the line begins first: the log
   * is short, and on a slow machine later events push the line out before the finality is known.
   */
  async finalizeInLog(): Promise<void> {
    const line = this.page.locator('.log').getByText('batch.finalized').first()
    await Promise.all([line.waitFor(), this.finalize()])
  }

  account(): LiveAccount {
    const account = this.accounts.pop()
    if (account === undefined) throw new RangeError('more accounts are needed')
    return account
  }

  /** The batch of an operation. */
  async batchOf(id: string): Promise<string> {
    const { batch } = await eventually(
      `the batch of ${id}`,
      () => this.service.operation(id),
      (operation) => operation.batch !== null,
    )
    return batch?.id ?? ''
  }

  /** The highlighted innermost state of the shown statechart. */
  lit(state: string): Locator {
    return this.page.locator(`.statechart .lit[data-state="${state}"]`)
  }

  /** Text of the first matching element. */
  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).first().textContent()) ?? ''
  }

  /** Presses keys and waits for the next frame. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
    await this.page.evaluate(NEXT_FRAME)
  }

  /** Takes pictures, light and dark, in the campaign, and checks that no element is wider than the page. */
  async shoot(name: string): Promise<void> {
    for (const { size, width, height } of WINDOWS) {
      await this.page.setViewportSize({ width, height })
      for (const picture of PICTURES.filter((each) => each.size === size)) {
        await this.page.emulateMedia({ colorScheme: picture.colorScheme })
        const path = `${SHOTS}${name}-${size}-${picture.colorScheme}.png`
        // With animations the picture would show colours between the two schemes.
        await this.page.screenshot({ path, animations: 'disabled' })
      }
      // The page draws for the new size in one of the next frames.
      const widest = () => this.page.evaluate('document.documentElement.scrollWidth')
      await expect.poll(widest, { message: `${name} at ${width} pixels` }).toBeLessThanOrEqual(width)
    }
    await this.page.setViewportSize({ width: 1280, height: 720 })
  }
}

/** The page draws in the frame after a change. */
const NEXT_FRAME = 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))'

interface Parts {
  readonly chain: TestChain
  readonly miner: Miner
  readonly page: Page
  readonly accounts: readonly LiveAccount[]
  readonly service: TestService
  /** Starts the gateway. */
  readonly open: () => Promise<TestService>
  readonly proxy: RpcProxy | null
  readonly browser: Browser
  readonly folder: Awaited<ReturnType<typeof temporaryFolder>>
  readonly reserved: ReservedPort
}

function startService(
  chain: Pick<TestChain, 'rpcUrl' | 'registryAddress' | 'walletPrivateKey'>,
  dataDir: string,
  { port }: ReservedPort,
  settings: NodeJS.Dict<string>,
): Promise<TestService> {
  const quick = { RESUBMIT_TIMEOUT_MS: '1500', LANE_TIMEOUT_SECS: '600', STALL_TIMEOUT_SECS: '600' }
  return startTestService({
    chain,
    dataDir,
    settings: { ...quick, ...settings, LISTEN_ADDR: `127.0.0.1:${port}` },
  })
}
