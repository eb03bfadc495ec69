/**
 * The tables, the migrations from older versions, and the chain of the database.
 *
 * A column and its domain field share a name. Lists and records without use in SQL conditions are JSON. Narrow rows
 * that change are kept apart from large constant rows: moving an operation never rewrites its payload, and the calldata
 * of a batch is written once.
 */
import { StoreError, type StoreIdentity, StoreIdentityError } from '../port.ts'
import { identityText } from '../records/identity.ts'
import type { Database, NoParameters } from './database.ts'

/** Raised by every change of the tables. */
export const SCHEMA_VERSION = 9

const TABLES = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE batches (
    number INTEGER PRIMARY KEY,        -- order of opening
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    operations TEXT NOT NULL,          -- JSON: ids
    trimmed TEXT NOT NULL DEFAULT '[]', -- JSON: ids of the operations that simulation removed
    gasBudget INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    simulationCompletedAt INTEGER,
    submittedAt INTEGER,
    inclusion TEXT,                    -- JSON: StoredInclusion
    settledAt INTEGER,
    result TEXT,                       -- JSON: FinalizedBatch
    verdicts TEXT NOT NULL DEFAULT '[]', -- JSON: ids of the operations that the settlement finalized or failed
    totalCost TEXT,                    -- of the included transaction, in wei; null before the settlement
    finality TEXT                      -- JSON: Finality
  ) STRICT;
  CREATE INDEX batches_climbing ON batches (number) WHERE finality IS NOT NULL AND finality ->> '$.levels.finalized' IS NULL;
  CREATE INDEX batches_open ON batches (number) WHERE settledAt IS NULL;
  CREATE INDEX batches_settled ON batches (settledAt) WHERE settledAt IS NOT NULL;
  CREATE INDEX batches_included ON batches (inclusion ->> 'blockNumber')
    WHERE settledAt IS NOT NULL AND inclusion IS NOT NULL;
  CREATE INDEX batches_cost ON batches (settledAt, totalCost) WHERE totalCost IS NOT NULL;

  CREATE TABLE plans (
    number INTEGER PRIMARY KEY,        -- order of planning
    batch INTEGER NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
    gasLimit INTEGER NOT NULL,
    calls TEXT NOT NULL,               -- JSON: StoredCall[]
    callData BLOB NOT NULL
  ) STRICT;
  CREATE INDEX plans_of_batch ON plans (batch, number);

  CREATE TABLE attempts (
    number INTEGER PRIMARY KEY,        -- order of signing
    batch INTEGER NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    nonce INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    gasLimit INTEGER NOT NULL,
    maxFeePerGas INTEGER NOT NULL,
    maxPriorityFeePerGas INTEGER NOT NULL,
    signedAt INTEGER NOT NULL,
    raw BLOB NOT NULL,
    plan INTEGER,                      -- position in the plans of the batch; null for a cancel
    refusal TEXT,                      -- JSON: the last Refusal
    rollupFee TEXT NOT NULL DEFAULT '0' -- in wei
  ) STRICT;
  CREATE INDEX attempts_of_batch ON attempts (batch, number);

  CREATE TABLE operations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- AUTOINCREMENT remembers the highest, even if pruned
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    priority INTEGER NOT NULL,
    leaf TEXT,                         -- leaf and nonce: the lane, or both null
    nonce INTEGER,
    claims TEXT NOT NULL,              -- JSON: strings
    receivedAt INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    state TEXT NOT NULL,
    txHash TEXT,                       -- while submitted: the last broadcast that carries it
    status TEXT,                       -- JSON: OpStatus
    batch INTEGER REFERENCES batches (number),
    updatedAt INTEGER NOT NULL,
    evidenceBlock TEXT,                -- JSON: BlockRef of a verdict without a transaction of ours
    client TEXT,                       -- null: the embedding program
    costs TEXT NOT NULL DEFAULT '{}'   -- JSON: Cost by batch id, the shares in included transactions
  ) STRICT;
  CREATE INDEX operations_queued ON operations (sequence) WHERE state = 'queued';
  CREATE INDEX operations_of_batch ON operations (batch) WHERE batch IS NOT NULL;
  CREATE INDEX operations_settled ON operations (updatedAt) WHERE state IN ('finalized', 'failed');
  CREATE INDEX operations_evidence ON operations (evidenceBlock ->> 'blockNumber') WHERE evidenceBlock IS NOT NULL;

  CREATE TABLE payloads (
    sequence INTEGER PRIMARY KEY REFERENCES operations (sequence) ON DELETE CASCADE,
    operation TEXT NOT NULL,           -- JSON: Operation
    signer TEXT
  ) STRICT;
`

/** SQL of the migration to the next version, by the version before. */
const MIGRATIONS: Readonly<Record<number, string>> = {
  // Version 1 did not store the operations finalized or failed by a settlement. The time of change identifies them.
  // Version 1 also kept inclusions in contradiction to the settlement.
  1: `
    ALTER TABLE batches ADD COLUMN judged TEXT NOT NULL DEFAULT '[]';
    UPDATE batches SET
      judged = (
        SELECT json_group_array(operations.id) FROM operations
        WHERE operations.batch = batches.number AND operations.state IN ('finalized', 'failed')
          AND operations.updatedAt = batches.endedAt
          AND operations.id NOT IN (SELECT value FROM json_each(batches.dropped))
      ),
      inclusion = CASE
        WHEN inclusion ->> 'txHash' = result ->> 'txHash' AND inclusion ->> 'blockNumber' = result ->> 'blockNumber'
        THEN inclusion
      END
    WHERE endedAt IS NOT NULL;
    CREATE INDEX batches_settled ON batches (inclusion ->> 'blockNumber')
      WHERE endedAt IS NOT NULL AND inclusion IS NOT NULL;
  `,
  // Version 2 did not store the evidence block of a verdict. A reorg does not undo its verdicts.
  2: `
    ALTER TABLE operations ADD COLUMN standsOn TEXT;
    CREATE INDEX operations_standing ON operations (standsOn ->> 'blockNumber') WHERE standsOn IS NOT NULL;
  `,
  // Version 3 held equal facts under other names.
  3: `
    DROP INDEX batches_ended;
    DROP INDEX batches_settled;
    DROP INDEX operations_ended;
    DROP INDEX operations_standing;
    ALTER TABLE batches RENAME COLUMN dropped TO trimmed;
    ALTER TABLE batches RENAME COLUMN endedAt TO settledAt;
    ALTER TABLE batches RENAME COLUMN judged TO verdicts;
    ALTER TABLE operations RENAME COLUMN standsOn TO evidenceBlock;
    CREATE INDEX batches_settled ON batches (settledAt) WHERE settledAt IS NOT NULL;
    CREATE INDEX batches_included ON batches (inclusion ->> 'blockNumber')
      WHERE settledAt IS NOT NULL AND inclusion IS NOT NULL;
    CREATE INDEX operations_settled ON operations (updatedAt) WHERE state IN ('finalized', 'failed');
    CREATE INDEX operations_evidence ON operations (evidenceBlock ->> 'blockNumber') WHERE evidenceBlock IS NOT NULL;
  `,
  // Versions 4 and 5 have the same tables.
  4: '',
  // Version 5 had one plan for each batch, and no refusals.
  5: `
    ALTER TABLE plans RENAME TO plansBefore;
    CREATE TABLE plans (
      number INTEGER PRIMARY KEY,
      batch INTEGER NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
      gasLimit INTEGER NOT NULL,
      calls TEXT NOT NULL,
      callData BLOB NOT NULL
    ) STRICT;
    INSERT INTO plans (batch, gasLimit, calls, callData)
      SELECT batch, gasLimit, calls, callData FROM plansBefore ORDER BY batch;
    DROP TABLE plansBefore;
    CREATE INDEX plans_of_batch ON plans (batch, number);
    ALTER TABLE attempts ADD COLUMN plan INTEGER;
    ALTER TABLE attempts ADD COLUMN refusal TEXT;
    UPDATE attempts SET plan = 0 WHERE purpose = 'batch';
  `,
  // Version 6 did not store the client of an operation. Older operations count as operations of one client.
  6: 'ALTER TABLE operations ADD COLUMN client TEXT',
  // Version 7 did not divide the cost of a transaction, and did not store the rollup fee of an attempt.
  7: `
    ALTER TABLE batches ADD COLUMN totalCost TEXT;
    CREATE INDEX batches_cost ON batches (settledAt, totalCost) WHERE totalCost IS NOT NULL;
    UPDATE batches SET result = json_remove(result, '$.cost') WHERE result IS NOT NULL;
    ALTER TABLE attempts ADD COLUMN rollupFee TEXT NOT NULL DEFAULT '0';
    ALTER TABLE operations ADD COLUMN costs TEXT NOT NULL DEFAULT '{}';
  `,
  // Version 8 did not store levels of finality. Older batches have none.
  8: `
    ALTER TABLE batches ADD COLUMN finality TEXT;
    CREATE INDEX batches_climbing ON batches (number) WHERE finality IS NOT NULL AND finality ->> '$.levels.finalized' IS NULL;
  `,
}

/**
 * Creates the tables in an empty database, and migrates the tables of an older version.
 * @throws StoreError `schema` when a newer version or another program created the tables
 */
export function prepareSchema(database: Database): void {
  database.transaction(() => {
    const tables = database
      .prepare<NoParameters, { name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
      .all({})
    if (tables.length === 0) {
      database.execute(TABLES)
      createMeta(database).write('schemaVersion', String(SCHEMA_VERSION))
    } else if (!tables.some(({ name }) => name === 'meta')) {
      throw new StoreError('schema', 'the database belongs to another program')
    }
    migrate(database)
  })
}

function migrate(database: Database): void {
  const meta = createMeta(database)
  let version = Number(meta.read('schemaVersion'))
  for (let migration = MIGRATIONS[version]; migration !== undefined; migration = MIGRATIONS[version]) {
    database.execute(migration)
    version += 1
    meta.write('schemaVersion', String(version))
  }
  if (version === SCHEMA_VERSION) return
  throw new StoreError(
    'schema',
    `the database has schema version ${version} and this program knows version ${SCHEMA_VERSION}: start the newer program that wrote it`,
  )
}

/**
 * Binds the database to a chain and registry, once.
 * @throws StoreIdentityError for a database bound to another chain or registry
 */
export function bindIdentity(database: Database, identity: StoreIdentity): void {
  const wanted = identityText(identity)
  const meta = createMeta(database)
  database.transaction(() => {
    const bound = meta.read('identity')
    if (bound === undefined) meta.write('identity', wanted)
    else if (bound !== wanted) {
      throw new StoreIdentityError(`the database belongs to ${bound}, and not to ${wanted}`)
    }
  })
}

type MetaKey = 'schemaVersion' | 'identity'

interface Meta {
  read(key: MetaKey): string | undefined
  write(key: MetaKey, value: string): void
}

function createMeta(database: Database): Meta {
  const select = database.prepare<{ key: MetaKey }, { value: string }>(
    'SELECT value FROM meta WHERE key = :key',
  )
  const insert = database.prepare<{ key: MetaKey; value: string }>(
    'INSERT OR REPLACE INTO meta VALUES (:key, :value)',
  )
  return {
    read: (key) => select.first({ key })?.value,
    write: (key, value) => void insert.run({ key, value }),
  }
}
