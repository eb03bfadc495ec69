import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  createPublicClient,
  createTestClient,
  type Hash,
  http,
  publicActions,
  type TransactionReceipt,
  walletActions,
  zeroAddress,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HashTime } from '../../contracts/artifacts/HashTime.ts'
import { anvilPath, startAnvil } from '../../src/devnet/anvil.ts'
import { type Devnet, type DevnetOptions, startDevnet } from '../../src/devnet/devnet.ts'
import { DevnetError } from '../../src/devnet/error.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { eventually } from '../support/eventually.ts'
import { reservePort } from '../support/reservedPort.ts'

/** Seconds. A block time longer than any test. */
const NEVER = 1_000_000

const AUTHENTICATOR = '0x00000000000000000000000000000000000000a1'

async function start(options: DevnetOptions): Promise<Devnet> {
  const devnet = await startDevnet(options)
  onTestFinished(devnet.stop)
  return devnet
}

/** A path in a temporary folder. The folder is deleted after the test. */
async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'opsbatcher-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'made', 'on', 'demand', 'state.json')
}

function connect({ rpcUrl, walletPrivateKey, registryAddress }: Devnet) {
  const account = privateKeyToAccount(walletPrivateKey)
  const client = createTestClient({ mode: 'anvil', account, transport: http(rpcUrl), pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions)
  const registry = { address: registryAddress, abi: registryFunctions } as const
  return {
    client,
    createAccount: (): Promise<TransactionReceipt> =>
      client.writeContractSync({
        ...registry,
        chain: null,
        functionName: 'createAccount',
        args: [zeroAddress, [AUTHENTICATOR], [7n], 1n],
      }),
    accountOfAuthenticator: (): Promise<bigint> =>
      client.readContract({ ...registry, functionName: 'getPackedAccountData', args: [AUTHENTICATOR] }),
    walletNonce: (): Promise<number> => client.getTransactionCount({ address: account.address }),
  }
}

describe('a new local chain', () => {
  test('is ready at once, even with a long block time', async () => {
    const devnet = await start({ blockTimeSeconds: NEVER })
    const { client, walletNonce } = connect(devnet)
    expect(await walletNonce()).toBe(0)
    expect(await client.getChainId()).toBe(31_337)
    expect((await client.getBlock()).gasLimit).toBe(60_000_000n)
    expect(await client.getCode({ address: devnet.multicallAddress })).toBeDefined()
    const treeDepth = {
      address: devnet.registryAddress,
      abi: registryFunctions,
      functionName: 'getTreeDepth',
    } as const
    expect(await client.readContract(treeDepth)).toBe(30n)
  })

  test('always has the same addresses', async () => {
    const [one, other] = [
      await start({ blockTimeSeconds: 0 }),
      await start({ blockTimeSeconds: NEVER, chainId: 480 }),
    ]
    expect(other.registryAddress).toBe(one.registryAddress)
    expect(other.rpcUrl).not.toBe(one.rpcUrl)
  })

  test('mines blocks at the requested interval', async () => {
    const { createAccount } = connect(await start({ blockTimeSeconds: 0.1 }))
    expect((await createAccount()).status).toBe('success')
  })

  test('traces the calls of a transaction', async () => {
    const devnet = await start({ blockTimeSeconds: 0 })
    const { client, createAccount } = connect(devnet)
    const { transactionHash } = await createAccount()
    const trace = await client.request<{
      Method: 'debug_traceTransaction'
      Parameters: [Hash, { tracer: 'callTracer' }]
      ReturnType: { to: string; calls: { type: string }[] }
    }>({ method: 'debug_traceTransaction', params: [transactionHash, { tracer: 'callTracer' }] })
    expect(trace.to).toBe(devnet.registryAddress.toLowerCase())
    expect(trace.calls[0]?.type).toBe('DELEGATECALL')
  })
})

describe('the version of the registry', () => {
  const versionOf = ({ rpcUrl, registryAddress }: Devnet) =>
    createPublicClient({ transport: http(rpcUrl) })
      .readContract({
        address: registryAddress,
        abi: registryFunctions,
        functionName: 'getPreviousRecoveryAgentUpdate',
        args: [1n],
      })
      .then(
        () => 'v2',
        () => 'v1',
      )

  test('is 1 by default, and 2 if wanted, at the same address', async () => {
    const first = await start({})
    const second = await start({ registryVersion: 'v2', blockTimeSeconds: NEVER })
    expect(await versionOf(first)).toBe('v1')
    expect(await versionOf(second)).toBe('v2')
    expect(second.registryAddress).toBe(first.registryAddress)
    expect(await connect(second).walletNonce()).toBe(0)
  })

  test('is upgraded on a resumed chain, keeps its accounts, and then stays', async () => {
    const options = { blockTimeSeconds: 0, stateFile: await stateFile() }
    const first = await startDevnet(options)
    await connect(first).createAccount()
    await first.stop()

    const second = await startDevnet({ ...options, registryVersion: 'v2' })
    expect(await versionOf(second)).toBe('v2')
    expect(await connect(second).accountOfAuthenticator()).toBe(1n)
    await second.stop()

    const third = await startDevnet(options)
    expect(await versionOf(third)).toBe('v2')
    await third.stop()
    const back = startDevnet({ ...options, registryVersion: 'v1' })
    await expect(back).rejects.toThrow('holds a registry of version 2. Choose another folder')
  })
})

describe('the cost of a hash', () => {
  /** The code that the tree calls for each hash. */
  const codeOf = ({ rpcUrl }: Devnet) =>
    createPublicClient({ transport: http(rpcUrl) }).getCode({
      address: '0x0000000000000000000000000000000048617368',
    })

  test('is time only if wanted; the gas is equal', async () => {
    const [fast, real] = [
      await start({ blockTimeSeconds: 0 }),
      await start({ blockTimeSeconds: 0, hashCost: 'real' }),
    ]
    expect(await codeOf(fast)).toBe('0xfe')
    expect(await codeOf(real)).toBe(HashTime.deployedBytecode)
    const [one, other] = [await connect(fast).createAccount(), await connect(real).createAccount()]
    expect(other.status).toBe('success')
    expect(other.gasUsed).toBe(one.gasUsed)
  })
})

describe('a chain with a state file', () => {
  test('resumes after a stop', async () => {
    const options = { blockTimeSeconds: 0, stateFile: await stateFile() }
    const first = await startDevnet(options)
    await connect(first).createAccount()
    await first.stop()
    await expect(fetch(first.rpcUrl)).rejects.toThrow()

    const second = await start(options)
    expect(second.registryAddress).toBe(first.registryAddress)
    expect(await connect(second).accountOfAuthenticator()).toBe(1n)
    expect(await connect(second).walletNonce()).toBe(1)
  })

  test('resumes after its parent process was killed', async () => {
    const { port, release } = await reservePort()
    onTestFinished(release)
    const options = { blockTimeSeconds: 0, stateFile: await stateFile(), port }
    const script = `
      import { startDevnet } from './src/devnet/devnet.ts'
      console.log(JSON.stringify(await startDevnet(${JSON.stringify(options)})))
    `
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script])
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const orphan: Devnet = JSON.parse(line)
    await connect(orphan).createAccount()
    child.kill('SIGKILL')
    // A start waits three seconds for the port. A node on a busy machine may take longer for the save.
    const isGone = () =>
      fetch(orphan.rpcUrl).then(
        () => false,
        () => true,
      )
    await eventually('the end of the orphaned node', isGone, (gone) => gone)

    const { accountOfAuthenticator } = connect(await start(options))
    expect(await accountOfAuthenticator()).toBe(1n)
  })

  test('resumes from the last complete save after its node was killed during a save', async () => {
    const path = await stateFile()
    const first = await startDevnet({ blockTimeSeconds: 0, stateFile: path })
    await connect(first).createAccount()
    await first.stop()
    const whole = await readFile(path, 'utf8')
    await writeFile(`${path}.writing`, whole.slice(0, whole.length / 2))

    const second = await startDevnet({ blockTimeSeconds: 0, stateFile: path })
    expect(await connect(second).accountOfAuthenticator()).toBe(1n)
    await second.stop()
    expect(await readdir(dirname(path))).toEqual([basename(path)])
  })

  test('fails with the reason if anvil can read no save', async () => {
    const path = await stateFile()
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '{"block":')
    const start = startDevnet({ blockTimeSeconds: 0, stateFile: path })
    await expect(start).rejects.toThrow(DevnetError)
    await expect(start).rejects.toThrow(
      /cannot resume from .*state\.json \(.*failed to parse json.*\); .* delete/,
    )
  })

  test('reports the end of its node', async () => {
    const devnet = await start({ blockTimeSeconds: 0 })
    let isGone = false
    const ended = devnet.ended.then(() => (isGone = true))
    await connect(devnet).client.getBlockNumber()
    expect(isGone).toBe(false)
    await devnet.stop()
    await ended
  })

  test('fails if the state file holds a different chain', async () => {
    const path = await stateFile()
    const first = await startDevnet({ blockTimeSeconds: 0, stateFile: path })
    const { client } = connect(first)
    // The registry is missing, although the deployer has sent transactions.
    await client.setCode({ address: first.registryAddress, bytecode: '0x' })
    await first.stop()
    await expect(startDevnet({ blockTimeSeconds: 0, stateFile: path })).rejects.toThrow(DevnetError)
  })
})

describe('the error of a failed start of a local chain names the cause:', () => {
  test('a port in use', async () => {
    const port = Number(new URL((await start({})).rpcUrl).port)
    await expect(startDevnet({ port })).rejects.toThrow(`Port ${port} is in use`)
  })

  test('a node that does not start', async () => {
    await expect(startAnvil({ args: ['--no-such-flag'] })).rejects.toThrow(DevnetError)
  })

  test('a platform without an anvil binary', () => {
    expect(() => anvilPath('toaster-x64')).toThrow('not installed for toaster-x64')
  })
})
