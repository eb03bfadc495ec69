/** The flags of the commands. Those of `dev` and `serve` come from the table of settings. */
import { InvalidArgumentError, Option } from 'commander'
import { type NamedSetting, namedSettings } from '../config/names.ts'
import { GROUPS } from '../config/settings.ts'
import { decimal, gatewayUrl, httpEndpoint, type ValueKind, whole } from '../config/values.ts'
import { DEFAULT_MIX, type Mix, parseMix } from '../load/mix.ts'

/** A flag for each setting that the command has. Their texts are read later, together with the environment. */
export function settingOptions(command: 'dev' | 'serve'): readonly Option[] {
  return namedSettings.filter(({ group }) => command === 'dev' || group !== 'local').map(settingOption)
}

function settingOption({ option, unit, group, description, ...setting }: NamedSetting): Option {
  return new Option(`${option} <${unit ?? 'value'}>`, `${description} ${notes(setting)}`).helpGroup(
    GROUPS[group],
  )
}

function notes({ variable, default: fallback }: Pick<NamedSetting, 'variable' | 'default'>): string {
  const parts = [
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ...(variable === null ? [] : [variable]),
  ]
  return parts.length === 0 ? '' : `[${parts.join(', ')}]`
}

/** Where a gateway and the local chain are when nobody says otherwise. */
export const DEFAULT_URL = 'http://127.0.0.1:8081'
export const DEFAULT_RPC_URL = 'http://127.0.0.1:8545'

export interface StatusFlags {
  readonly url: string
}

export const urlOption = optionOf('--url <url>', 'the gateway', gatewayUrl).default(DEFAULT_URL)

export interface LoadFlags {
  readonly url: string
  readonly operations: number
  readonly mix: Mix
  readonly concurrency: number
  readonly rate?: number
  readonly rpcUrl: string
  readonly timeoutSecs: number
  readonly json?: true
}

export const loadOptions: readonly Option[] = [
  urlOption,
  optionOf('-n, --operations <count>', 'how many operations', whole({ min: 1, max: 10_000_000 })).default(
    1000,
  ),
  new Option('--mix <kind:weight,...>', 'what they are')
    .argParser(readMix)
    .default(parseMix(DEFAULT_MIX), DEFAULT_MIX),
  optionOf('-c, --concurrency <count>', 'most requests in flight', whole({ min: 1, max: 10_000 })).default(
    64,
  ),
  optionOf('--rate <per second>', 'most operations sent in a second', decimal({ min: 0.01, max: 1_000_000 })),
  optionOf(
    '--rpc-url <url>',
    "the gateway's chain, for the leaf indices of new accounts",
    httpEndpoint,
  ).default(DEFAULT_RPC_URL),
  optionOf(
    '--timeout-secs <secs>',
    'give up when nothing has moved for so long',
    whole({ min: 1, max: 86_400, unit: 'secs' }),
  ).default(120_000, '120'),
  new Option('--json', 'print the result as one JSON object, and nothing else'),
]

export const LOAD_HELP = `
Kinds: create, insert, update, remove, recover. All but create need accounts: those that the mix creates, or else ones
that are created before the clock starts. Which leaf of the registry a new account got is read from the chain: the one
that "npm start" runs listens where --rpc-url looks by default.

Every operation has fresh keys and a real signature, and is followed until it is finalized or failed. The exit code is
0 when the gateway has answered all, and all that it accepted are finalized, else 1.

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

function readMix(text: string): Mix {
  try {
    return parseMix(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
