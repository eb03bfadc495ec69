/**
 * The import table of docs/architecture.md, as rules. There is no list of exceptions.
 *
 * Each folder of `src` may import itself, what is listed for it, and nothing else of ours; the packages that it may use
 * are listed too, so that the pure parts cannot reach the world.
 */
const FOLDERS = {
  domain: { ours: [], packages: ['viem'] },
  policy: { ours: ['domain'], packages: ['sorted-btree'] },
  evm: { ours: ['domain'], packages: ['viem', 'hash-wasm', 'secp256k1', 'tiny-secp256k1'], node: true },
  registry: { ours: ['domain', 'evm'], packages: ['viem', 'zod'] },
  rpc: { ours: ['domain'], packages: ['viem'], node: true },
  store: { ours: ['domain'], packages: ['libsql', 'pg', 'dataloader'], node: true },
  machines: { ours: ['domain', 'policy'], packages: ['xstate'] },
  actors: {
    ours: ['domain', 'policy', 'evm', 'registry', 'rpc', 'machines', 'store/port'],
    packages: ['viem', 'xstate', 'dataloader', '@aws-sdk/client-kms'],
    node: true,
  },
  server: {
    ours: ['domain', 'registry'],
    packages: ['hono', '@hono/node-server', '@hono/zod-openapi', 'zod'],
    node: true,
  },
  metrics: { ours: ['domain'], packages: ['prom-client'] },
  inspection: {
    ours: ['domain', 'policy', 'machines'],
    wire: true,
    packages: ['xstate', 'elkjs'],
    node: true,
  },
  gateway: {
    ours: ['domain', 'policy', 'evm', 'registry', 'rpc', 'store', 'machines', 'actors', 'config'],
    packages: ['xstate', 'pino', 'pino-pretty'],
    node: true,
  },
  config: { ours: ['domain', 'registry'], packages: ['zod'], node: true },
  devnet: { ours: ['domain', 'evm'], packages: ['viem', '@foundry-rs/anvil'], node: true },
  doctor: {
    ours: ['domain', 'policy', 'evm', 'registry', 'rpc', 'store', 'actors'],
    packages: ['viem'],
    node: true,
  },
  client: { ours: [], packages: ['openapi-fetch'] },
  load: {
    ours: ['domain', 'evm', 'registry', 'client'],
    packages: ['viem'],
    node: true,
  },
}

/** What both sides of the live view know: its messages, as types. */
const WIRE = '^inspector/src/wire(\\.ts$|/)'

const folderRules = Object.entries(FOLDERS).flatMap(([folder, { ours, wire, packages, node }]) => [
  {
    name: `${folder}-imports`,
    comment: `src/${folder} may import ${['itself', ...ours].join(', ')} of ours`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      path: '^(src|test|bench|inspector)/',
      pathNot: [...[folder, ...ours].map((name) => `^src/${name}`), ...(wire ? [WIRE] : [])],
    },
  },
  {
    name: `${folder}-packages`,
    comment: `src/${folder} may use ${packages.join(', ') || 'no packages'}`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot: packages.map((name) => `node_modules/(@types/)?${name}/`),
    },
  },
  ...(node
    ? []
    : [
        {
          name: `${folder}-pure`,
          comment: `src/${folder} does not touch the machine it runs on`,
          severity: 'error',
          from: { path: `^src/${folder}/` },
          to: { dependencyTypes: ['core'] },
        },
      ]),
])

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'registry-is-a-value',
      comment: 'the engine gets a registry as a value; the command line, the load and the package choose one',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(registry/worldId/|load/|cli/|index\\.ts$)' },
      to: { path: '^src/registry/worldId/' },
    },
    {
      name: 'examples-use-the-package',
      comment: 'an example shows what a program outside can do',
      severity: 'error',
      from: { path: '^examples/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(src|test|bench|contracts|inspector)/', pathNot: '^src/(index|client/client)\\.ts$' },
    },
    {
      name: 'domain-viem-types-only',
      comment: 'src/domain takes types from viem, never code',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: 'node_modules/viem/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'artifacts-by-evm-and-devnet',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(evm|devnet)/' },
      to: { path: '^contracts/' },
    },
    {
      name: 'src-not-to-tests',
      severity: 'error',
      from: { path: '^(src|contracts)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'wire-types-only',
      comment: 'inspector and src know of each other the messages alone, as types',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^inspector/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'wire-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^inspector/', pathNot: WIRE },
    },
    {
      name: 'inspector-apart',
      severity: 'error',
      from: { path: '^inspector/' },
      to: { path: '^(src|test|bench|contracts)/' },
    },
    ...folderRules,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
