/** The Helm chart: each rendered manifest fits the schema of its kind in Kubernetes, and the settings exist. */
import { readdirSync, readFileSync } from 'node:fs'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { describe, expect, it } from 'vitest'
import { RULES } from '../promtool.ts'
import { isSetting, pathIn, textOf, yamlOf } from '../settings.ts'
import { type Manifest, render, WITHOUT_RENDERER } from './render.ts'

const MODELS: Readonly<Record<string, new (manifest: never) => { validate(): void }>> = {
  Deployment,
  StatefulSet,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  ServiceMonitor,
  PrometheusRule,
}

const REQUIRED = { secret: { name: 'gateway' }, settings: { REGISTRY_ADDRESS: '0x01', MAX_BATCH_OPS: 100 } }
const EVERYTHING = {
  ...REQUIRED,
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  alerts: { enabled: true },
  podAnnotations: { a: 'b' },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'gateway', operator: 'Exists' }],
  imagePullSecrets: [{ name: 'registry' }],
  serviceAccount: { annotations: { role: 'kms' } },
  sqlite: { storageClassName: 'fast' },
}

const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ['SQLite', REQUIRED, ['PodDisruptionBudget', 'Service', 'Service', 'ServiceAccount', 'StatefulSet']],
  [
    'PostgreSQL',
    { ...REQUIRED, store: 'postgresql' },
    ['Deployment', 'PodDisruptionBudget', 'Service', 'Service', 'ServiceAccount'],
  ],
  [
    'SQLite and every option',
    EVERYTHING,
    [
      'PodDisruptionBudget',
      'PrometheusRule',
      'Service',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
      'StatefulSet',
    ],
  ],
  [
    'PostgreSQL and every option',
    { ...EVERYTHING, store: 'postgresql' },
    [
      'Deployment',
      'PodDisruptionBudget',
      'PrometheusRule',
      'Service',
      'Service',
      'ServiceAccount',
      'ServiceMonitor',
    ],
  ],
]

function rendered(values: object): readonly Manifest[] {
  const manifests = render(values)
  if (typeof manifests === 'string') throw new Error(manifests)
  return manifests
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly volumeMounts: readonly { readonly name: string }[]
  readonly livenessProbe: object
  readonly readinessProbe: object
  readonly securityContext: object
}

interface PodSpec {
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly name: string }[]
}

function podOf(manifests: readonly Manifest[], kind: string): PodSpec {
  const found = manifests.find((manifest) => manifest.kind === kind) as
    | { readonly spec: { readonly template: { readonly spec: PodSpec } } }
    | undefined
  if (found === undefined) throw new Error(`no ${kind}`)
  return found.spec.template.spec
}

describe('the files of the chart', () => {
  const TEMPLATES = readdirSync(pathIn('helm/opsbatcher/templates')).map((name) =>
    textOf(`helm/opsbatcher/templates/${name}`),
  )
  const values = yamlOf('helm/opsbatcher/values.yaml')

  it('have the alert rules of deploy/prometheus', () => {
    expect(textOf('helm/opsbatcher/opsbatcher.rules.yml')).toBe(readFileSync(RULES, 'utf8'))
  })

  it('use every value, and no other', () => {
    const used = TEMPLATES.flatMap((text) =>
      [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) => path),
    )
    for (const path of used) {
      expect(
        path.split('.').reduce((value, key) => value?.[key], values),
        path,
      ).toBeDefined()
    }
    const top = new Set(used.map((path) => path.split('.')[0]))
    expect(Object.keys(values).filter((key) => !top.has(key))).toEqual([])
  })

  it('name existing settings in the values, also in comments', () => {
    const text = textOf('helm/opsbatcher/values.yaml')
    const names = [...text.matchAll(/^#? +([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name)
    expect(names).toEqual(
      expect.arrayContaining(['RPC_URL', 'WALLET_PRIVATE_KEY', 'OPERATOR_TOKEN', 'FINALITY']),
    )
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })

  it('have the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    expect(yamlOf('helm/opsbatcher/Chart.yaml')).toMatchObject({ version, appVersion: version })
  })
})

describe.skipIf(WITHOUT_RENDERER !== null)(`the chart ${WITHOUT_RENDERER ?? ''}`, () => {
  it.each(CASES)('with %s fits the schemas of Kubernetes', (_name, values, kinds) => {
    const manifests = rendered(values)
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(kinds)
    for (const manifest of manifests) {
      const Model = MODELS[manifest.kind]
      if (Model === undefined) throw new Error(`no schema of ${manifest.kind}`)
      new Model(manifest as never).validate()
    }
  })

  it.each([
    ['sqlite', 'StatefulSet'],
    ['postgresql', 'Deployment'],
  ])('with %s names only existing settings, and secrets only as files', (store, kind) => {
    const [container] = podOf(rendered({ ...REQUIRED, store }), kind).containers
    const names = container.env.map(({ name }) => name)
    for (const name of names) expect(isSetting(name), name).toBe(true)
    expect(names).toEqual(
      expect.arrayContaining(['RPC_URL_FILE', 'WALLET_PRIVATE_KEY_FILE', 'MAX_BATCH_OPS']),
    )
    expect(names.includes('DATABASE_URL_FILE')).toBe(store === 'postgresql')
    for (const { value } of container.env) expect(typeof value).toBe('string')
  })

  it.each([
    ['sqlite', 'StatefulSet', ['secrets', 'tmp']],
    ['postgresql', 'Deployment', ['data', 'secrets', 'tmp']],
  ])('with %s has probes, a read-only file system, and a volume for each mount', (store, kind, volumes) => {
    const pod = podOf(rendered({ ...REQUIRED, store }), kind)
    const [container] = pod.containers
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: '/livez' } })
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: '/readyz' } })
    expect(container.env).toContainEqual({ name: 'NODE_OPTIONS', value: '--max-semi-space-size=64' })
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true })
    expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(['data', 'secrets', 'tmp'])
    expect(pod.volumes.map(({ name }) => name).sort()).toEqual(volumes)
  })

  it('leaves out the key of the wallet if a key in AWS KMS signs', () => {
    const secret = { name: 'gateway', keys: { WALLET_PRIVATE_KEY: null } }
    const settings = { AWS_KMS_KEY_ID: 'alias/gateway' }
    const [container] = podOf(rendered({ ...REQUIRED, secret, settings }), 'StatefulSet').containers
    const names = container.env.map(({ name }) => name)
    expect(names).toContain('AWS_KMS_KEY_ID')
    expect(names).not.toContain('WALLET_PRIVATE_KEY_FILE')
  })

  it('refuses values that cannot work', () => {
    expect(render({})).toMatch(/secret\.name is required/)
    expect(render({ ...REQUIRED, store: 'redis' })).toMatch(/store must be sqlite or postgresql/)
  })

  it('with a wrong field does not pass these schemas', () => {
    const [wrong] = rendered(REQUIRED).filter(({ kind }) => kind === 'StatefulSet')
    const broken = { ...wrong, spec: { replicas: 'one' } }
    expect(() => new StatefulSet(broken as never).validate()).toThrow(/replicas/)
  })

  it('with PostgreSQL keeps every pod in service during an update', () => {
    const manifests = rendered({ ...REQUIRED, store: 'postgresql', postgresql: { replicas: 3 } })
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 }
    expect(manifests.find(({ kind }) => kind === 'Deployment')).toMatchObject({
      spec: { replicas: 3, strategy: { type: 'RollingUpdate', rollingUpdate } },
    })
    expect(manifests.find(({ kind }) => kind === 'PodDisruptionBudget')).toMatchObject({
      spec: { maxUnavailable: 1 },
    })
  })

  it('gives the scrape the job that dashboard and alerts expect, from a service that has all pods', () => {
    const manifests = rendered(EVERYTHING)
    const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor')
    expect(monitor).toMatchObject({ spec: { jobLabel: 'app.kubernetes.io/name' } })
    const { selector } = (monitor as unknown as { spec: { selector: { matchLabels: object } } }).spec
    const selected = manifests.filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        Object.entries(selector.matchLabels).every(([label, value]) => metadata.labels[label] === value),
    )
    expect(selected).toMatchObject([
      {
        metadata: { labels: { 'app.kubernetes.io/name': 'opsbatcher' } },
        spec: { publishNotReadyAddresses: true },
      },
    ])
  })
})
