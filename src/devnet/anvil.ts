/**
 * Runs anvil, the development node of the optional package `@foundry-rs/anvil`, as a child process. The child cannot
 * outlive this process.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { DevnetError } from './error.ts'

export interface Anvil {
  /** Port of the node on the loopback interface. */
  readonly port: number
  /**
   * Resolves with the exit code when the node has ended for any reason. Exit code 0: the node has written its state
   * file.
   */
  readonly ended: Promise<number | null>
  /** Interrupts the node like Ctrl-C. Resolves when the node has ended. */
  stop(): Promise<void>
}

/**
 * A shell script for running anvil in the background. The script interrupts anvil at the end of standard input: on
 * `stop`, and when this process is killed, because the kernel then closes the pipe. The script exits with anvil's exit
 * code. After the end of anvil it interrupts no process, because the process id may be reused.
 */
const GUARD =
  'exec 3<&0; "$@" & node=$!; { cat <&3; kill -INT $node; } >/dev/null 2>&1 & guard=$!; ' +
  'wait $node; code=$?; kill $guard 2>/dev/null; exit $code'

/**
 * Starts anvil and waits until it listens.
 *
 * @param options.args arguments of anvil
 * @param options.log called with each line of output
 * @throws {DevnetError} if the package is not installed, or anvil ends before it listens
 */
export function startAnvil({
  args,
  log = () => {},
}: {
  readonly args: readonly string[]
  readonly log?: ((line: string) => void) | undefined
}): Promise<Anvil> {
  // Own process group: Ctrl-C in the terminal must not end the chain before the gateway has drained.
  const child = spawn('sh', ['-c', GUARD, 'sh', anvilPath(), ...args], { detached: true })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }

  return new Promise((resolve, reject) => {
    let firstError = ''
    createInterface({ input: child.stderr }).on('line', (line) => {
      // The first line is the error. Advice follows.
      firstError ||= line
      log(line)
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      log(line)
      const port = /^Listening on .*:(\d+)$/.exec(line)?.[1]
      if (port !== undefined) resolve({ port: Number(port), ended, stop })
    })
    child.once('error', (cause) =>
      reject(new DevnetError(`The local chain could not start anvil: ${cause.message}.`, { cause })),
    )
    void ended.then(() => reject(new DevnetError(`anvil ended during its start: ${firstError}`)))
  })
}

/**
 * Path of the anvil binary for a platform. The binary is in a dependency of `@foundry-rs/anvil`.
 *
 * @param platform platform and architecture as in Node, e.g. `linux-x64`
 * @throws {DevnetError} if no binary for the platform is installed
 */
export function anvilPath(platform = `${process.platform}-${process.arch}`): string {
  try {
    const anvilPackage = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    const name = `@foundry-rs/anvil-${platform.replace('x64', 'amd64')}`
    return createRequire(anvilPackage).resolve(`${name}/bin/anvil`)
  } catch (cause) {
    throw new DevnetError(
      `The local chain needs the optional package @foundry-rs/anvil, which is not installed for ${platform}. ` +
        'Install the package, or give your own chain with --rpc-url, --registry-address and --wallet-private-key.',
      { cause },
    )
  }
}
