/**
 * Runs anvil, the development node that the optional package `@foundry-rs/anvil` brings, as a child that
 * cannot outlive this process.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { DevnetError } from './error.ts'

export interface Anvil {
  /** The port it listens on, on the loopback interface. */
  readonly port: number
  /** Resolves when it is gone, asked to or not: with 0 when it ended well, and so has written its state file. */
  readonly ended: Promise<number | null>
  /** Ends it as Ctrl-C would; resolves when it is gone. */
  stop(): Promise<void>
}

/**
 * Runs `anvil` in the background, and interrupts it as soon as standard input ends: on `stop`, and also when
 * this process dies without a word, since the kernel closes the pipe. Exits as anvil does, and then interrupts nobody:
 * the process that has its number may be another.
 */
const GUARD =
  'exec 3<&0; "$@" & node=$!; { cat <&3; kill -INT $node; } >/dev/null 2>&1 & guard=$!; ' +
  'wait $node; code=$?; kill $guard 2>/dev/null; exit $code'

/**
 * Starts anvil and waits until it listens.
 *
 * @param options.args Its command line.
 * @param options.log Is given each line that it prints.
 * @throws {DevnetError} if its package is not installed or it ends before it listens.
 */
export function startAnvil({
  args,
  log = () => {},
}: {
  readonly args: readonly string[]
  readonly log?: ((line: string) => void) | undefined
}): Promise<Anvil> {
  // A process group of its own: a Ctrl-C in the terminal must not end the chain before the gateway has
  // drained.
  const child = spawn('sh', ['-c', GUARD, 'sh', anvilPath(), ...args], { detached: true })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }

  return new Promise((resolve, reject) => {
    let complaint = ''
    createInterface({ input: child.stderr }).on('line', (line) => {
      // A complaint comes first, and is followed by advice.
      complaint ||= line
      log(line)
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      log(line)
      const port = /^Listening on .*:(\d+)$/.exec(line)?.[1]
      if (port !== undefined) resolve({ port: Number(port), ended, stop })
    })
    child.once('error', (cause) => reject(new DevnetError('anvil could not be started.', { cause })))
    void ended.then(() => reject(new DevnetError(`anvil ended before it listened: ${complaint}`)))
  })
}

/**
 * Where a platform's binary is. Its package is a dependency of `@foundry-rs/anvil`, so it is looked up from
 * there.
 *
 * @param platform In Node's words, e.g. `linux-x64`.
 * @throws {DevnetError} if it is not installed.
 */
export function anvilPath(platform = `${process.platform}-${process.arch}`): string {
  try {
    const anvilPackage = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    const name = `@foundry-rs/anvil-${platform.replace('x64', 'amd64')}`
    return createRequire(anvilPackage).resolve(`${name}/bin/anvil`)
  } catch (cause) {
    throw new DevnetError(
      `The local chain needs the optional package @foundry-rs/anvil, which is not installed for ${platform}. ` +
        'Install it, or use a node of your own.',
      { cause },
    )
  }
}
