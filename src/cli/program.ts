/** The commands, their flags and their help. What a command does is loaded when it is run, so that help is quick. */
import { Command, CommanderError } from 'commander'
import { type CliContext, EXIT, type ExitCode, type Flags } from './context.ts'
import {
  LOAD_HELP,
  type LoadFlags,
  loadOptions,
  type StatusFlags,
  settingOptions,
  urlOption,
} from './options.ts'
import { VERSION } from './version.ts'

/**
 * Runs a command line.
 * @param args without the program's own name
 * @returns the exit code: 0 when it went well, 2 when the command line or the configuration is wrong, else 1
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const program = createProgram(context, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const { fail } = await import('./errors.ts')
    return fail(error)
  }
  return exitCode
}

function createProgram(context: CliContext, finish: (code: ExitCode) => void): Command {
  const program = new Command('opsbatcher')
    .description('Takes signed World ID registry operations over HTTP and lands them on chain in batches.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutValue(text)) })

  const dev = program
    .command('dev')
    .description('start a gateway together with a local chain, all set up')
    .addHelpText('after', DEV_HELP)
    .action(async (flags: Flags) => finish(await (await import('./dev.ts')).dev(flags, context)))
  for (const option of settingOptions('dev')) dev.addOption(option)

  const serve = program
    .command('serve')
    .description('start a gateway for a given chain')
    .addHelpText('after', SERVE_HELP)
    .action(async (flags: Flags) => finish(await (await import('./serve.ts')).serve(flags, context)))
  for (const option of settingOptions('serve')) serve.addOption(option)

  program
    .command('status')
    .description('ask a running gateway what became of an operation')
    .argument('<id>', 'the request_id that the operation was answered with')
    .addOption(urlOption)
    .action(async (id: string, flags: StatusFlags) =>
      finish(await (await import('./status.ts')).status(id, flags)),
    )

  const load = program
    .command('load')
    .description('send real signed operations to a running gateway, and measure')
    .addHelpText('after', LOAD_HELP)
    .action(async (flags: LoadFlags) => finish(await (await import('./load.ts')).load(flags, context)))
  for (const option of loadOptions) load.addOption(option)

  return program
}

const DEV_HELP = `
Every setting can also be given by its variable, or in a file .env; docs/configuration.md has them all.

With --rpc-url, --registry-address and --wallet-private-key nothing local is started: this is then the same as serve.

Examples:
  opsbatcher dev
  opsbatcher dev --port 9000 --block-time 0.5`

const SERVE_HELP = `
Every setting can also be given by its variable, or in a file .env; docs/configuration.md has them all.

Example:
  RPC_URL=https://... REGISTRY_ADDRESS=0x... WALLET_PRIVATE_KEY=0x... opsbatcher serve --listen-addr 0.0.0.0:8081`

/** Commander repeats what it does not know, which may be a misspelt flag with a secret behind its equals sign. */
function withoutValue(message: string): string {
  return message.replace(/(unknown option '[^'=]*)=.*'/s, "$1'")
}
