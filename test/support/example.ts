/** Runs an example as a user does: the program in its own process, with settings in the environment. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { privateKeyToAddress } from 'viem/accounts'
import { createIdleAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { secureRandom } from '../../src/load/random.ts'
import type { TestChain } from './chain.ts'
import { startCommand } from './command.ts'
import { eventually } from './eventually.ts'

export interface RunningExample {
  /** Address that the program prints. */
  readonly url: string
  /** Sends a create to the gateway under a path. @returns the address of its status */
  create(path?: string): Promise<string>
  /** Waits until the status has one of the states. */
  reaches(status: string, ...states: readonly string[]): Promise<void>
  /** Stops it with SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
}

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** @param name folder in `examples` */
export async function startExample(
  name: string,
  chain: TestChain,
  dataDir: string,
  settings: NodeJS.Dict<string> = {},
): Promise<RunningExample> {
  const program = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url))
  const environment = {
    RPC_URL: chain.rpcUrl,
    REGISTRY_ADDRESS: chain.registryAddress,
    WALLET_PRIVATE_KEY: chain.walletPrivateKey,
    SIGNER_URL: chain.rpcUrl,
    SIGNER_ADDRESS: privateKeyToAddress(chain.walletPrivateKey),
    DATA_DIR: dataDir,
    PORT: '0',
    ...settings,
  }
  const child = startCommand([], environment, dataDir, ['--import', TSX, program])
  const closed = once(child, 'close')
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  for await (const url of createInterface({ input: child.stdout })) {
    return {
      url,
      async create(path = '') {
        const response = await fetch(`${url}${path}/create-account`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(toBody(createIdleAccount(secureRandom))),
        })
        const { request_id: id } = (await response.json()) as { request_id: string }
        return `${url}${path}/status/${id}`
      },
      async reaches(status, ...states) {
        await eventually(
          `one of ${states}`,
          async () => (await fetch(status)).json() as Promise<{ status: { state: string } }>,
          (answer) => states.includes(answer.status.state),
        )
      },
      async stop() {
        child.kill('SIGTERM')
        await closed
        return child.exitCode
      },
    }
  }
  throw new Error(`the example ${name} has ended:\n${errors}`)
}

/** Runs an example that ends by itself. @returns what it prints. @throws what it prints as its error */
export async function runExample(
  name: string,
  environment: NodeJS.Dict<string>,
  folder: string,
): Promise<string> {
  const program = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url))
  const child = startCommand([], environment, folder, ['--import', TSX, program])
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(errors)
  return output
}
