/** Flags of the commands. The flags of `dev` and `serve` are derived from the table of settings. */
import { InvalidArgumentError, Option } from 'commander'
import { type NamedSetting, namedSettings } from '../config/names.ts'
import { GROUPS, STORAGE_KEYS } from '../config/settings.ts'
import { decimal, gatewayUrl, httpEndpoint, type ValueKind, whole } from '../config/values.ts'
import { DEFAULT_MIX, DEFAULT_MIX_V2, type Mix, parseMix } from '../load/mix.ts'

/** One flag per setting of the command. `src/config` parses the texts later, together with the environment. */
export function settingOptions(command: 'dev' | 'serve'): readonly Option[] {
  return namedSettings.filter(({ group }) => command === 'dev' || group !== 'local').map(settingOption)
}

/** The flags of the settings that say where the operations are kept. */
export const storageOptions: readonly Option[] = namedSettings
  .filter(({ key }) => STORAGE_KEYS.some((each) => each === key))
  .map(settingOption)

export const jsonOption = new Option('--json', 'print only the result, as one JSON object')

function settingOption({ option, unit, group, description, ...setting }: NamedSetting): Option {
  return new Option(`${option} <${unit ?? 'value'}>`, `${description} ${notes(setting)}`).helpGroup(
    GROUPS[group],
  )
}

function notes({
  variable,
  accepts,
  default: fallback,
}: Pick<NamedSetting, 'variable' | 'accepts' | 'default'>): string {
  const parts = [
    `allowed: ${accepts}`,
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ...(variable === null ? [] : [variable]),
  ]
  return `[${parts.join('; ')}]`
}

/** Default addresses of the gateway and the local chain. */
export const DEFAULT_URL = 'http://127.0.0.1:8081'
export const DEFAULT_RPC_URL = 'http://127.0.0.1:8545'

export interface StatusFlags {
  readonly url: string
  readonly json?: true
}

export const urlOption = optionOf('--url <url>', 'URL of the gateway', gatewayUrl).default(DEFAULT_URL)

/** A folder with a SQLite database, or the URL of a PostgreSQL database. */
export interface StorePlace {
  readonly type: 'sqlite' | 'postgres'
  readonly value: string
}

export interface CopyFlags {
  readonly from: StorePlace
  readonly to: StorePlace
}

export const copyOptions: readonly Option[] = [
  new Option('--from <store>', 'store with the records: sqlite:FOLDER or postgres://...').argParser(
    readPlace,
  ),
  new Option(
    '--to <store>',
    'empty store that gets a copy of them: sqlite:FOLDER or postgres://...',
  ).argParser(readPlace),
].map((option) => option.makeOptionMandatory())

export const COPY_HELP = `
Stop the gateway first: a store in use is refused. FOLDER is the --data-dir of the gateway. The source does not change.
The copy is compared with the source. If anything fails, the target stays empty.

Examples:
  opsbatcher copy --from sqlite:.opsbatcher --to postgres://user:password@host:5432/gateway
  opsbatcher copy --from postgres://user:password@host:5432/gateway --to sqlite:restored`

export interface LoadFlags {
  readonly url: string
  readonly operations: number
  readonly mix?: Mix
  readonly concurrency: number
  readonly rate?: number
  readonly rpcUrl: string
  readonly timeoutSecs: number
  readonly json?: true
}

export const loadOptions: readonly Option[] = [
  urlOption,
  optionOf('-n, --operations <count>', 'number of operations', whole({ min: 1, max: 10_000_000 })).default(
    1000,
  ),
  new Option(
    '--mix <kind:weight,...>',
    `share of each kind; default: ${DEFAULT_MIX}, and on registry V2 ${DEFAULT_MIX_V2}`,
  ).argParser(readMix),
  optionOf(
    '-c, --concurrency <count>',
    'maximum number of concurrent requests',
    whole({ min: 1, max: 10_000 }),
  ).default(64),
  optionOf(
    '--rate <per second>',
    'maximum number of operations per second',
    decimal({ min: 0.01, max: 1_000_000 }),
  ),
  optionOf(
    '--rpc-url <url>',
    "RPC endpoint of the gateway's chain, to read the leaf indices of new accounts",
    httpEndpoint,
  ).default(DEFAULT_RPC_URL),
  optionOf(
    '--timeout-secs <secs>',
    'end the run if nothing changes for this time',
    whole({ min: 1, max: 86_400, unit: 'secs' }),
  ).default(120_000, '120'),
  jsonOption,
]

export const LOAD_HELP = `
Kinds: create, insert, update, remove, recover. Every kind except create changes an existing account. The run uses the
accounts that it creates. If there are too few, it first creates more, which are not counted. The leaf indices of new
accounts are read from the chain. The default of --rpc-url is the local chain of "opsbatcher dev".

Every operation has new keys and a valid signature, and is followed until it is finalized or failed. The exit code is 0
if the gateway answered every operation and finalized every accepted operation, else 1.

Examples:
  opsbatcher load -n 500
  opsbatcher load -n 10000 --mix create:100 --concurrency 128
  opsbatcher load -n 2000 --mix create:70,insert:15,update:5,remove:5,recover:5 --rate 50
  opsbatcher load -n 1000 --json | jq .latencyMs`

function optionOf<T>(flags: string, description: string, { schema, accepts }: ValueKind<T>): Option {
  return new Option(flags, description).argParser((text: string): T => {
    const { data, success } = schema.safeParse(text)
    if (success) return data
    throw new InvalidArgumentError(`It must be ${accepts}.`)
  })
}

function readPlace(text: string): StorePlace {
  const folder = /^sqlite:(.+)$/s.exec(text)?.[1]
  if (folder !== undefined) return { type: 'sqlite', value: folder }
  if (/^postgres(ql)?:\/\/\S+$/.test(text) && URL.canParse(text)) return { type: 'postgres', value: text }
  throw new InvalidArgumentError('It must be sqlite:FOLDER or postgres://user:password@host:5432/database.')
}

function readMix(text: string): Mix {
  try {
    return parseMix(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
