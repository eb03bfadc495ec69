/** `opsbatcher doctor`: checks what a start with the given settings needs. */
import { toGatewayConfig, toListenAddress } from '../config/gatewayConfig.ts'
import { ConfigurationError, type ConnectedSettings, readConnectedSettings } from '../config/read.ts'
import { secretsOf } from '../config/secrets.ts'
import { strangeVariables } from '../config/strangeVariables.ts'
import { type Check, fail, ok, type Verdict, warn } from '../doctor/check.ts'
import { examine } from '../doctor/doctor.ts'
import { createRedactor } from '../gateway/log.ts'
import { type CliContext, EXIT, type ExitCode, type Flags } from './context.ts'
import { REGISTRIES } from './registries.ts'
import { type Paint, painter, whileShown } from './terminal.ts'

/** @returns `EXIT.failure` if a check fails */
export async function doctor(flags: Flags, context: CliContext): Promise<ExitCode> {
  const checks: Check[] = []
  const paint = painter(process.stdout)
  const isForPrograms = flags['json'] === true
  const collect = (check: Check) => {
    checks.push(check)
    if (!isForPrograms) process.stdout.write(`${describe(check, paint)}\n`)
  }
  await whileShown(() => `checking, ${checks.length} checks made`, run(flags, context, collect))
  const failed = checks.filter(({ verdict }) => verdict === 'fail').length
  if (isForPrograms) process.stdout.write(`${JSON.stringify({ ok: failed === 0, checks })}\n`)
  return failed === 0 ? EXIT.ok : EXIT.failure
}

async function run(
  flags: Flags,
  { environment, now }: CliContext,
  collect: (check: Check) => void,
): Promise<void> {
  const settings = readSettings(flags, environment, collect)
  if (settings === null) return
  const redact = createRedactor(secretsOf(settings))
  await examine({
    gateway: toGatewayConfig(settings),
    registry: REGISTRIES[settings.registryVersion],
    address: toListenAddress(settings),
    now,
    report: ({ found, advice, ...check }) =>
      collect({ ...check, found: redact(found), advice: advice === null ? null : redact(advice) }),
  })
}

/** @returns null if a setting is wrong: then nothing else can be checked */
function readSettings(
  flags: Flags,
  environment: CliContext['environment'],
  collect: (check: Check) => void,
): ConnectedSettings | null {
  for (const strange of strangeVariables(environment)) {
    const advice = 'instead' in strange ? strange.instead : `did you mean ${strange.nearest}?`
    collect(warn('settings', `${strange.variable} has no effect`, advice))
  }
  try {
    const settings = readConnectedSettings({ flags, environment })
    collect(ok('settings', 'all values are valid'))
    return settings
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    for (const mistake of error.mistakes) collect(fail('settings', mistake, 'see docs/configuration.md'))
    return null
  }
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Verdict, string>

/** One line, to be searched and cut: verdict, name, what was found, and what to do. */
function describe({ verdict, name, found, advice }: Check, paint: Paint): string {
  const line = `${paint(COLOURS[verdict], verdict.padEnd(4))}  ${name}: ${found}`
  return advice === null ? line : `${line}; ${paint('bold', advice)}`
}
