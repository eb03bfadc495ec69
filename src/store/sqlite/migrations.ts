/** How the tables of former versions become those of the next, without losing what they hold. */

/** SQL by the version that it starts from. */
export const MIGRATIONS: Readonly<Record<number, string>> = {
  // What an end judged was not written down, but bears its time. Nor was an inclusion taken back that an end did not
  // stand on.
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
  // On which block an end at simulation stands was not written down: what ended so stays as it is.
  2: `
    ALTER TABLE operations ADD COLUMN evidenceBlock TEXT;
    CREATE INDEX operations_standing ON operations (evidenceBlock ->> 'blockNumber') WHERE evidenceBlock IS NOT NULL;
  `,
}
