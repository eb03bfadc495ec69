/**
 * The tables. Columns are named as the fields of the domain that they hold; lists and records that SQL never looks
 * into are JSON.
 *
 * What changes is kept apart from what is large: moving an operation rewrites a narrow row and never its payload, and
 * a batch's calldata is written once.
 */
import type { Database, NoParameters } from './database.ts'
import { createMeta } from './meta.ts'
import { MIGRATIONS } from './migrations.ts'
import { StoreError } from './storeError.ts'

/** Raised by every change of the tables. */
const SCHEMA_VERSION = 3

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
    dropped TEXT NOT NULL DEFAULT '[]', -- JSON: ids of those that left it at simulation
    gasBudget INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    simulationCompletedAt INTEGER,
    submittedAt INTEGER,
    inclusion TEXT,                    -- JSON: Inclusion, and when it was seen
    endedAt INTEGER,
    result TEXT,                       -- JSON: FinalizedBatch
    judged TEXT NOT NULL DEFAULT '[]'  -- JSON: ids of those that its end finalized or failed
  ) STRICT;
  CREATE INDEX batches_open ON batches (number) WHERE endedAt IS NULL;
  CREATE INDEX batches_ended ON batches (endedAt) WHERE endedAt IS NOT NULL;
  CREATE INDEX batches_settled ON batches (inclusion ->> 'blockNumber')
    WHERE endedAt IS NOT NULL AND inclusion IS NOT NULL;

  CREATE TABLE plans (
    batch INTEGER PRIMARY KEY REFERENCES batches (number) ON DELETE CASCADE,
    gasLimit INTEGER NOT NULL,
    calls TEXT NOT NULL,               -- JSON: StoredCall[]
    callData BLOB NOT NULL
  ) STRICT;

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
    raw BLOB NOT NULL
  ) STRICT;
  CREATE INDEX attempts_of_batch ON attempts (batch, number);

  CREATE TABLE operations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, -- AUTOINCREMENT remembers the highest, pruned or not
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
    txHash TEXT,                       -- last broadcast that carries it, while submitted
    status TEXT,                       -- JSON: OpStatus
    batch INTEGER REFERENCES batches (number),
    updatedAt INTEGER NOT NULL,
    evidenceBlock TEXT                      -- JSON: BlockRef, of an end at simulation
  ) STRICT;
  CREATE INDEX operations_queued ON operations (sequence) WHERE state = 'queued';
  CREATE INDEX operations_of_batch ON operations (batch) WHERE batch IS NOT NULL;
  CREATE INDEX operations_ended ON operations (updatedAt) WHERE state IN ('finalized', 'failed');
  CREATE INDEX operations_standing ON operations (evidenceBlock ->> 'blockNumber') WHERE evidenceBlock IS NOT NULL;

  CREATE TABLE payloads (
    sequence INTEGER PRIMARY KEY REFERENCES operations (sequence) ON DELETE CASCADE,
    operation TEXT NOT NULL,           -- JSON: Operation
    signer TEXT
  ) STRICT;
`

/**
 * Makes the tables of an empty database, and brings those of an older version to this one.
 * @throws StoreError `schema` when a newer version, or another program, has made them
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
