/**
 * The tables. A column and its domain field share a name, as in the SQLite store. Lists and records without use in SQL conditions are
 * JSON texts. Changes of the tables are additive, because two versions of the program may use them during an upgrade.
 */
import { StoreError, type StoreIdentity, StoreIdentityError } from '../port.ts'
import { identityText } from '../records/identity.ts'
import type { Query } from './connection.ts'

/** Raised by every change of the tables. */
export const SCHEMA_VERSION = 1

/** Serialises the creation of the tables by several processes. The number is arbitrary. */
const CREATION_LOCK = 7_118

const TABLES = `
  CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);

  -- The right to write. One row. Every commit of its holder raises "commits".
  CREATE TABLE seat (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch bigint NOT NULL DEFAULT 0,
    commits bigint NOT NULL DEFAULT 0,
    holder text,
    "highestSequence" bigint NOT NULL DEFAULT 0 -- of all operations, even if pruned
  );
  INSERT INTO seat DEFAULT VALUES;

  -- The report of the leader. Another row than the seat: a renewal never waits for a commit.
  CREATE TABLE heartbeat (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    name text NOT NULL DEFAULT '',       -- of the leader's machine
    "takenAt" bigint NOT NULL DEFAULT 0,
    "expiresAt" timestamptz NOT NULL DEFAULT '-infinity',
    "hasLock" boolean NOT NULL DEFAULT false -- the leader held the advisory lock at its last renewal
  );
  INSERT INTO heartbeat DEFAULT VALUES;

  CREATE TABLE batches (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of opening
    id text NOT NULL UNIQUE,
    state text NOT NULL,
    operations text NOT NULL,            -- JSON: ids
    trimmed text NOT NULL DEFAULT '[]',  -- JSON: ids of the operations that simulation removed
    "gasBudget" bigint NOT NULL,
    "createdAt" bigint NOT NULL,
    "simulationCompletedAt" bigint,
    "submittedAt" bigint,
    inclusion text,                      -- JSON: StoredInclusion
    "includedIn" bigint,                 -- block number of the inclusion
    "settledAt" bigint,
    result text,                         -- JSON: FinalizedBatch
    verdicts text NOT NULL DEFAULT '[]', -- JSON: ids of the operations that the settlement finalized or failed
    "totalCost" text,                    -- of the included transaction, in wei; null before the settlement
    finality text,                       -- JSON: Finality
    "isClimbing" boolean NOT NULL DEFAULT false -- the last level of finality is not reached
  );
  CREATE INDEX batches_climbing ON batches (number) WHERE "isClimbing";
  CREATE INDEX batches_open ON batches (number) WHERE "settledAt" IS NULL;
  CREATE INDEX batches_settled ON batches ("settledAt") WHERE "settledAt" IS NOT NULL;
  CREATE INDEX batches_included ON batches ("includedIn") WHERE "settledAt" IS NOT NULL;

  CREATE TABLE plans (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of planning
    batch bigint NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
    "gasLimit" bigint NOT NULL,
    calls text NOT NULL,                 -- JSON: StoredCall[]
    "callData" bytea NOT NULL
  );
  CREATE INDEX plans_of_batch ON plans (batch, number);

  CREATE TABLE attempts (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of signing
    batch bigint NOT NULL REFERENCES batches (number) ON DELETE CASCADE,
    hash text NOT NULL UNIQUE,
    nonce bigint NOT NULL,
    purpose text NOT NULL,
    "gasLimit" bigint NOT NULL,
    "maxFeePerGas" bigint NOT NULL,
    "maxPriorityFeePerGas" bigint NOT NULL,
    "signedAt" bigint NOT NULL,
    raw bytea NOT NULL,
    plan bigint,                         -- position in the plans of the batch; null for a cancel
    refusal text,                        -- JSON: the last Refusal
    "rollupFee" text NOT NULL            -- in wei
  );
  CREATE INDEX attempts_of_batch ON attempts (batch, number);

  CREATE SEQUENCE arrivals;

  CREATE TABLE operations (
    sequence bigint PRIMARY KEY,         -- order of admission; negative until the leader knows the operation
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    priority bigint NOT NULL,
    leaf text,                           -- leaf and nonce: the lane, or both null
    nonce bigint,
    claims text NOT NULL,                -- JSON: strings
    "receivedAt" bigint NOT NULL,
    bytes bigint NOT NULL,
    tries bigint NOT NULL,
    state text NOT NULL,
    "txHash" text,                       -- while submitted: the last broadcast that carries it
    status text,                         -- JSON: OpStatus
    batch bigint REFERENCES batches (number),
    "updatedAt" bigint NOT NULL,
    "evidenceBlock" text,                -- JSON: BlockRef of a verdict without a transaction of ours
    "evidenceIn" bigint,                 -- number of that block
    client text,                         -- null: the embedding program
    costs jsonb NOT NULL DEFAULT '{}',   -- Cost by batch id, the shares in included transactions
    holds boolean NOT NULL DEFAULT true, -- no other operation may take the lane position
    "chainNonce" bigint                  -- of an arrival: the nonce of its lane on chain at the pre-flight
  );
  CREATE UNIQUE INDEX operations_position ON operations (leaf, nonce) WHERE holds AND leaf IS NOT NULL;
  CREATE INDEX operations_queued ON operations (sequence) WHERE state = 'queued';
  CREATE INDEX operations_of_batch ON operations (batch) WHERE batch IS NOT NULL;
  CREATE INDEX operations_settled ON operations ("updatedAt") WHERE state IN ('finalized', 'failed');
  CREATE INDEX operations_evidence ON operations ("evidenceIn") WHERE "evidenceIn" IS NOT NULL;

  -- Held together with the position.
  CREATE TABLE claims (
    claim text PRIMARY KEY,
    operation text NOT NULL REFERENCES operations (id) ON DELETE CASCADE
  );
  CREATE INDEX claims_of_operation ON claims (operation);

  CREATE TABLE payloads (
    sequence bigint PRIMARY KEY REFERENCES operations (sequence) ON DELETE CASCADE ON UPDATE CASCADE,
    operation text NOT NULL,             -- JSON: Operation
    signer text
  );
`

/**
 * Creates the tables in an empty database. Call it in a transaction.
 * @throws StoreError `schema` if a newer version of the program, or another program, has made the tables
 */
export async function prepareSchema(query: Query): Promise<void> {
  await query('SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))', [CREATION_LOCK])
  const { rows } = await query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`,
  )
  const names = new Set(rows.map(({ name }) => name))
  if (!names.has('meta')) {
    if (names.has('operations') || names.has('batches')) {
      throw new StoreError('schema', 'the tables of the database belong to another program')
    }
    await query(TABLES)
    await query(`INSERT INTO meta VALUES ('schemaVersion', $1)`, [String(SCHEMA_VERSION)])
    return
  }
  const version = await query<{ value: string }>(`SELECT value FROM meta WHERE key = 'schemaVersion'`)
  const found = Number(version.rows[0]?.value)
  if (found === SCHEMA_VERSION) return
  throw new StoreError(
    'schema',
    `the database has the schema version ${version.rows[0]?.value ?? 'of another program'} and this program knows version ${SCHEMA_VERSION}`,
  )
}

/** @throws StoreIdentityError for a store bound to another chain or registry */
export async function bindIdentity(query: Query, identity: StoreIdentity): Promise<void> {
  const wanted = identityText(identity)
  await query(`INSERT INTO meta VALUES ('identity', $1) ON CONFLICT (key) DO NOTHING`, [wanted])
  const { rows } = await query<{ value: string }>(`SELECT value FROM meta WHERE key = 'identity'`)
  const bound = rows[0]?.value
  if (bound !== wanted) {
    throw new StoreIdentityError(`the database belongs to ${bound}, and not to ${wanted}`)
  }
}
