/** The two documents that the table of settings is written out to. Both are generated; a test proves them fresh. */
import { type NamedSetting, namedSettings } from './names.ts'
import { GROUPS } from './settings.ts'

/** `.env.example`: every variable with what it is for, its default filled in and commented out. */
export function renderEnvironmentExample(): string {
  const chapters = chaptersOf(namedSettings.filter(({ variable }) => variable !== null))
  return [
    '# Settings of opsbatcher, all of them optional for `npm start`. Copy this file to .env and take out the',
    '# "# " before what you change; docs/configuration.md explains more. Flags win over variables, variables over',
    '# this file. Written by `npm run docs`.',
    ...chapters.map(
      ({ title, settings }) => `\n# --- ${title} ---\n\n${settings.map(environmentLines).join('\n\n')}`,
    ),
    '',
  ].join('\n')
}

/** `docs/configuration.md`: a table for each group. */
export function renderConfigurationPage(): string {
  const tables = chaptersOf(namedSettings).map(
    ({ title, settings }) =>
      `## ${title}\n\n| Variable | Flag | Default | Meaning |\n|---|---|---|---|\n${settings.map(row).join('\n')}\n`,
  )
  return `${PREFACE}\n${tables.join('\n')}`
}

const PREFACE = `# Configuration

<!-- Written by \`npm run docs\` from src/config/settings.ts; edit that. -->

Every setting can be given as a flag of \`opsbatcher serve\` and \`opsbatcher dev\`, as an environment variable, or in a
file named \`.env\` in the working directory; a flag wins over a variable, a variable over the file. A mistake stops the
start with one line that says what would be right, and exit code 2.

\`RPC_URL\`, \`REGISTRY_ADDRESS\` and \`WALLET_PRIVATE_KEY\` belong together: \`serve\` needs all three, and \`dev\` starts a
local chain with a registry and a funded wallet when none of them is given. Secrets are never shown in a log, an error
or a help text.
`

interface Chapter {
  readonly title: string
  readonly settings: readonly NamedSetting[]
}

function chaptersOf(settings: readonly NamedSetting[]): readonly Chapter[] {
  return Object.entries(GROUPS).map(([group, title]) => ({
    title,
    settings: settings.filter((setting) => setting.group === group),
  }))
}

function environmentLines({
  variable,
  description,
  accepts,
  secret,
  default: fallback,
}: NamedSetting): string {
  const example = secret === true ? '' : (fallback ?? '')
  return `# ${description}\n# ${sentence(accepts)}\n# ${variable}=${example}`
}

function row({ variable, option, description, accepts, default: fallback }: NamedSetting): string {
  const cells = [
    variable === null ? '' : code(variable),
    code(option),
    fallback === undefined ? '' : code(fallback),
    `${description} ${sentence(accepts)}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function code(text: string): string {
  return `\`${text}\``
}
