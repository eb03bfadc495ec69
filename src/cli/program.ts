/** Commands, flags and help texts. The code of a command is imported when the command runs: help is fast. */
import { Command, CommanderError } from 'commander'
import { type CliContext, EXIT, type ExitCode, type Flags } from './context.ts'
import {
  COPY_HELP,
  type CopyFlags,
  copyOptions,
  jsonOption,
  LOAD_HELP,
  type LoadFlags,
  loadOptions,
  type StatusFlags,
  settingOptions,
  storageOptions,
  urlOption,
} from './options.ts'
import { VERSION } from './version.ts'

/**
 * Runs a command line.
 * @param args arguments without the name of the program
 * @returns the exit code: 0 for success, 2 if the command line or the configuration is wrong, else 1
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const program = createProgram(context, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // Commander has already printed the error or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const { fail } = await import('./errors.ts')
    return fail(error)
  }
  return exitCode
}

function createProgram(context: CliContext, finish: (code: ExitCode) => void): Command {
  const program = new Command('opsbatcher')
    .description(
      'Gateway for World ID registries: accepts signed operations over HTTP and sends them in batches.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutValue(text)) })

  const dev = program
    .command('dev')
    .description('start a gateway and a local chain with a registry and a funded wallet')
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
    .description('print the state of an operation')
    .argument('<id>', 'request_id from the answer to the operation')
    .addOption(urlOption)
    .addOption(jsonOption)
    .action(async (id: string, flags: StatusFlags) =>
      finish(await (await import('./status.ts')).status(id, flags, context)),
    )

  const load = program
    .command('load')
    .description('send signed operations to a running gateway and measure rate and latency')
    .addHelpText('after', LOAD_HELP)
    .action(async (flags: LoadFlags) => finish(await (await import('./load.ts')).load(flags, context)))
  for (const option of loadOptions) load.addOption(option)

  const copy = program
    .command('copy')
    .description('copy the records of a gateway to another store')
    .addHelpText('after', COPY_HELP)
    .action(async (flags: CopyFlags) => finish(await (await import('./copy.ts')).copy(flags)))
  for (const option of copyOptions) copy.addOption(option)
  const doctor = program
    .command('doctor')
    .description('check what a start needs, and what the RPC endpoints can do')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (flags: Flags) => finish(await (await import('./doctor.ts')).doctor(flags, context)))
  for (const option of [...settingOptions('serve'), jsonOption]) doctor.addOption(option)

  const backup = program
    .command('backup')
    .description('copy the SQLite database, also while the gateway runs')
    .argument('<file>', 'name of the copy; a file with this name is not overwritten')
    .addHelpText('after', BACKUP_HELP)
    .action(async (file: string, flags: Flags) =>
      finish(await (await import('./backup.ts')).backup(file, flags, context)),
    )
  for (const option of [...storageOptions, jsonOption]) backup.addOption(option)

  return program
}

const DEV_HELP = `
Every setting is also an environment variable and can be in the file .env. See docs/configuration.md.

With --rpc-url, --registry-address and --wallet-private-key no local chain is started, and dev is the same as serve.

Examples:
  opsbatcher dev
  opsbatcher dev --port 9000 --block-time 0.5`

const SERVE_HELP = `
Every setting is also an environment variable and can be in the file .env. See docs/configuration.md.

Example:
  RPC_URL=https://... REGISTRY_ADDRESS=0x... WALLET_PRIVATE_KEY=0x... opsbatcher serve --listen-addr 0.0.0.0:8081`

const DOCTOR_HELP = `
Give the settings of serve. Each check is one line: ok, warn or fail, what was found, and what to do. Nothing is signed,
sent or stored, and a gateway may run on the same store. The exit code is 1 if a check fails.

Examples:
  opsbatcher doctor --rpc-url https://... --registry-address 0x...
  opsbatcher doctor --json | jq '.checks[] | select(.verdict != "ok")'`

const BACKUP_HELP = `
The copy is the database of one moment, and is checked before it gets its name. Restore it as operations.sqlite in an
empty data folder while no gateway runs.

Example:
  opsbatcher backup --data-dir /var/lib/opsbatcher /backups/operations-$(date +%F).sqlite`

/** Removes the value of an unknown flag from commander's message, because the value may be a secret. */
function withoutValue(message: string): string {
  return message
    .replace(/(unknown option '[^'=]*)=.*'/s, "$1'")
    .replace(/ argument '[^']*:\/\/.*' is invalid/s, ' has an invalid value')
}
