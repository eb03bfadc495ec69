/** The image without a container engine: its steps run in empty folders, and its program as another user. */
import { execFile, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanClone, environmentOfNpm, finish, type Running, watch } from '../packed/packed.ts'
import { sizeOf } from '../support/campaign.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { builder, IMAGE_USER, lastOf, readDockerfile, stepsOf, variablesOf } from './dockerfile.ts'
import { textOf, yamlOf } from './settings.ts'

const run = promisify(execFile)
const stages = readDockerfile()

/** Only root can become another user. Without root, the program runs as the user of the test. */
const owner = process.getuid?.() === 0 ? IMAGE_USER : `${process.getuid?.()}:${process.getgid?.()}`
const [uid = 0, gid = 0] = owner.split(':').map(Number)

/** The files of the checkout that the build may read. */
async function buildContext(): Promise<string> {
  const [clone, context] = [await cleanClone(), await mkdtemp(join(tmpdir(), 'opsbatcher-context-'))]
  for (const line of textOf('docker/Dockerfile.dockerignore').split('\n')) {
    if (!line.startsWith('!')) continue
    const path = line.slice(1)
    await mkdir(dirname(join(context, path)), { recursive: true })
    await cp(join(clone, path), join(context, path), { recursive: true })
  }
  return context
}

/** Starts what the image of a target starts. */
function startImage(root: string, target: string, settings: NodeJS.Dict<string>): Running {
  const steps = stepsOf(stages, target)
  const [, program = '', ...args] = [
    ...JSON.parse(lastOf(steps, 'ENTRYPOINT')),
    ...JSON.parse(lastOf(steps, 'CMD')),
  ]
  const { DATA_DIR = '', ...variables } = variablesOf(steps)
  const env = { PATH: process.env['PATH'], ...variables, DATA_DIR: join(root, DATA_DIR), ...settings }
  const cwd = join(root, lastOf(steps, 'WORKDIR'))
  return watch(spawn(process.execPath, [join(root, program), ...args], { cwd, env, uid, gid }))
}

/** Runs the health check of the image. */
function checkHealth(root: string, listenAddress: string) {
  const [, command = '[]'] = /CMD (.*)$/.exec(lastOf(stepsOf(stages, 'serve'), 'HEALTHCHECK')) ?? []
  const [, program = ''] = JSON.parse(command)
  return finish(root, [process.execPath, join(root, program)], { LISTEN_ADDR: listenAddress })
}

/** Paths outside /data that have changed since a file was written. */
async function changedSince(root: string, file: string): Promise<string> {
  const { stdout } = await run('find', [root, '-newer', file, '-not', '-path', `${root}/data*`])
  return stdout
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

describe.skipIf(sizeOf('imageSteps') === 0)('the image', () => {
  let chain: TestChain
  let postgres: TestPostgres
  let serve: string
  let dev: string

  beforeAll(async () => {
    const rootOf = builder(stages, { context: await buildContext(), environment: environmentOfNpm(), owner })
    serve = await rootOf('serve')
    dev = await rootOf('dev')
    for (const root of [serve, dev]) await chmod(root, 0o755)
    chain = await startTestChain()
    postgres = await startPostgres()
  })

  afterAll(async () => {
    await chain.stop()
    await postgres.shutDown()
  })

  it('serves as its user, writes only below /data, and stops at SIGTERM', async () => {
    const { rpcUrl, registryAddress, walletPrivateKey } = chain
    const marker = join(await mkdtemp(join(tmpdir(), 'opsbatcher-marker-')), 'now')
    await cp(join(serve, 'app/package.json'), marker)
    const running = startImage(serve, 'serve', {
      LISTEN_ADDR: '127.0.0.1:0',
      RPC_URL: rpcUrl,
      REGISTRY_ADDRESS: registryAddress,
      WALLET_PRIVATE_KEY: walletPrivateKey,
    })
    const url = await running.line(/"url":"([^"]+)","msg":"ready/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect((await fetch(`${url}/inspector`)).status).toBe(200)
    expect(await checkHealth(serve, new URL(url).host)).toMatchObject({ code: 0, stderr: '' })
    expect(await running.stop('SIGTERM')).toBe(0)
    const unhealthy = await checkHealth(serve, new URL(url).host)
    expect(unhealthy).toMatchObject({ code: 1, stderr: 'GET /livez: ECONNREFUSED\n' })
    expect(await changedSince(serve, marker)).toBe('')
    expect(await exists(join(serve, 'data'))).toBe(true)
  })

  it('has the local chain only in the target dev, which starts as the compose file says', async () => {
    expect(await exists(join(serve, 'app/node_modules/@foundry-rs'))).toBe(false)
    const { environment } = yamlOf('compose/compose.yml').services.gateway
    const running = startImage(dev, 'dev', {
      ...environment,
      DATABASE_URL: await postgres.newUrl(),
      LISTEN_ADDR: '0.0.0.0:0',
      CHAIN_PORT: '0',
      CHAIN_BLOCK_TIME_SECS: '0.2',
      LOG_FORMAT: 'pretty',
    })
    const port = await running.line(/^ +gateway +http\S+:(\d+)/)
    // Prometheus asks under the name of the service.
    const asPrometheus = { headers: { host: 'gateway:8081' } }
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, asPrometheus)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/inspector`)).status).toBe(200)
    expect(await running.stop('SIGTERM')).toBe(0)
  })

  it('has no development dependencies', async () => {
    for (const name of ['typescript', 'vitest', 'vite']) {
      expect(await exists(join(serve, 'app/node_modules', name)), name).toBe(false)
    }
  })
})
