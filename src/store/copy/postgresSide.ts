/** A schema of PostgreSQL as a side of a copy. The copy happens in one transaction. */
import pg from 'pg'
import { numberArrivals } from '../postgres/arrivals.ts'
import { queryOf, toStartError, toStoreError, types } from '../postgres/connection.ts'
import { keepGatewaysAway } from '../postgres/presence.ts'
import { prepareSchema } from '../postgres/schema.ts'
import { inTransaction } from '../postgres/transactions.ts'
import { type Row, type Side, TABLES } from './side.ts'

/** Columns that only this store has, and what they follow from. */
const DERIVED = `
  UPDATE batches SET "includedIn" = (inclusion::json ->> 'blockNumber')::bigint,
    "isClimbing" = finality IS NOT NULL AND finality::jsonb #> '{levels,finalized}' IS NULL;
  UPDATE operations SET "evidenceIn" = ("evidenceBlock"::json ->> 'blockNumber')::bigint, holds = state NOT IN ('finalized', 'failed');
  INSERT INTO claims (claim, operation)
    SELECT jsonb_array_elements_text(claims::jsonb), id FROM operations WHERE holds ON CONFLICT DO NOTHING;
  SELECT setval(pg_get_serial_sequence('batches', 'number'), greatest(1, (SELECT max(number) FROM batches)));
  SELECT setval(pg_get_serial_sequence('plans', 'number'), greatest(1, (SELECT max(number) FROM plans)));
  SELECT setval(pg_get_serial_sequence('attempts', 'number'), greatest(1, (SELECT max(number) FROM attempts)));
`

/** @throws StoreError `locked` when a gateway uses the schema */
export async function openPostgresSide(url: string): Promise<Side> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, types })
  client.on('error', () => {})
  const query = queryOf(client)
  const attempt = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      throw toStoreError(toStartError(error))
    }
  }
  await attempt(async () => {
    await client.connect()
    await keepGatewaysAway(query)
    await inTransaction(client, async () => {
      await prepareSchema(query)
      await numberArrivals(query)
      // No former leader can write any more.
      await query('UPDATE seat SET epoch = epoch + 1, holder = NULL')
    })
    await client.query('BEGIN')
  }).catch(async (error: unknown) => {
    await client.end().catch(() => {})
    throw error
  })
  return {
    identity: () =>
      attempt(async () => {
        const { rows } = await query<{ value: string }>(`SELECT value FROM meta WHERE key = 'identity'`)
        return rows[0]?.value ?? null
      }),
    columns: (table) =>
      attempt(async () => {
        const { rows } = await query<{ name: string }>(
          `SELECT column_name AS name FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
          [table],
        )
        return rows.map(({ name }) => name)
      }),
    page: (table, columns, above, limit) =>
      attempt(async () => {
        const { rows } = await query<Row>(
          `SELECT ${columns.map(selected).join(', ')} FROM ${table}
           WHERE ${TABLES[table]} > $1 ORDER BY ${TABLES[table]} LIMIT $2`,
          [above, limit],
        )
        return rows
      }),
    insert: (table, columns, rows) =>
      attempt(async () => {
        const values = rows.map(
          (_, row) =>
            `(${columns.map((_column, index) => `$${row * columns.length + index + 1}`).join(', ')})`,
        )
        await query(
          `INSERT INTO ${table} (${columns.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE VALUES ${values.join(', ')}`,
          rows.flatMap((row) => columns.map((column) => row[column])),
        )
      }),
    highestSequence: () =>
      attempt(async () => {
        const { rows } = await query<{ highest: number }>('SELECT "highestSequence" AS highest FROM seat')
        return rows[0]?.highest ?? 0
      }),
    finish: (identity, highest) =>
      attempt(async () => {
        await client.query(DERIVED)
        await query('UPDATE seat SET "highestSequence" = $1', [highest])
        await query(`INSERT INTO meta VALUES ('identity', $1)`, [identity])
        await client.query('COMMIT')
      }),
    // A copy that did not finish is rolled back with the end of the session.
    close: () => client.end().catch(() => {}),
  }
}

const quoted = (column: string) => `"${column}"`

const selected = (column: string) => (column === 'costs' ? 'costs::text' : quoted(column))
