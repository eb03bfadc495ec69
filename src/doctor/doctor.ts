/** All checks of what a start needs. They sign, send and write nothing, and a gateway may run meanwhile. */
import { createServer } from 'node:net'
import type { GatewayConfig } from '../domain/config.ts'
import { StartupError } from '../domain/errors.ts'
import type { Now } from '../domain/primitives.ts'
import { secp256k1 } from '../evm/secp256k1.ts'
import { SPENDING_PERIOD } from '../policy/runway.ts'
import type { RegistryVersions } from '../registry/versions.ts'
import { connectEndpoints, type Endpoints } from '../rpc/endpoints.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { checkContracts, type Deployment } from './contracts.ts'
import { checkEndpoints } from './endpoints.ts'
import { reasonOf } from './reason.ts'
import { checkStore } from './store.ts'
import { checkWallet } from './wallet.ts'

export interface DoctorOptions {
  readonly gateway: GatewayConfig
  readonly registry: RegistryVersions
  /** Address that the server will listen on. */
  readonly address: { readonly host: string; readonly port: number }
  readonly now: Now
  /** Called for each check as soon as it is made. */
  readonly report: (check: Check) => void
}

/** Makes all checks. Never rejects for something that a check found. */
export async function examine({ gateway, registry, address, now, report }: DoctorOptions): Promise<void> {
  report(checkRuntime())
  await checkEndpoints(gateway, now, report)
  const endpoints = await connect(gateway, now, report)
  const client = endpoints?.pin() ?? null
  try {
    const deployment: Deployment | null =
      endpoints === null || client === null
        ? null
        : await checkContracts(client, endpoints.chainId, gateway.chain, registry, now)
    if (deployment !== null) report(deployment.check)
    const store = await checkStore(gateway, deployment?.identity ?? null, now() - SPENDING_PERIOD)
    report(await checkWallet(gateway, client, store.spent))
    for (const check of store.checks) report(check)
    report(await checkAddress(address, store.isInUse))
  } finally {
    endpoints?.close()
  }
}

function checkRuntime(): Check {
  const found = `Node ${process.versions.node}, signatures in ${secp256k1.implementation === 'native' ? 'native code' : 'WebAssembly'}`
  return ok('program', found)
}

/** @returns null if no endpoint answers, or they belong to different chains */
async function connect(
  { chain, transactions }: GatewayConfig,
  now: Now,
  report: (check: Check) => void,
): Promise<Endpoints | null> {
  try {
    return await connectEndpoints({ ...transactions, ...chain }, () => {}, now)
  } catch (error) {
    const advice =
      error instanceof StartupError
        ? 'remove the endpoints of the wrong chain'
        : 'until an endpoint answers, the gateway admits no operations'
    report(fail('chain', reasonOf(error), advice))
    return null
  }
}

async function checkAddress({ host, port }: DoctorOptions['address'], isInUse: boolean): Promise<Check> {
  const where = `${host}:${port}`
  const failure = await tryToListen(host, port)
  if (failure === null) return ok('HTTP address', `${where} is free`)
  if (failure.code === 'EADDRINUSE') {
    if (isInUse) return ok('HTTP address', `${where} is in use, as the store is, by a gateway`)
    return warn(
      'HTTP address',
      `${where} is in use`,
      'stop the other program, or choose another port with PORT',
    )
  }
  return fail('HTTP address', `${where}: ${failure.message}`, 'choose another address with LISTEN_ADDR')
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
}
