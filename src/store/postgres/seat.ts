/**
 * The row of the seat: the fence of every commit.
 *
 * Every commit of the leader first raises a counter in the row of the seat. This one statement does three jobs. It keeps a former
 * leader from writing. It tells, after a lost answer of COMMIT, whether the commit took place. And it shows a server that has lost
 * commits: its counter is lower than that of the leader.
 */
import { StoreError } from '../port.ts'
import type { Query } from './connection.ts'

/** The seat that a process has taken. */
export interface HeldSeat {
  readonly epoch: number
  readonly holder: string
  /** Number of commits under the epoch. */
  commits: number
}

/**
 * The first statement of every commit. It takes the lock of the row, so that a take waits for a commit in progress.
 * @param highest number of the newest operation in the commit; 0 for none
 * @throws StoreError `deposed` if another process has taken the seat, or the server has lost commits
 */
export async function raiseCommits(query: Query, seat: HeldSeat, highest: number): Promise<void> {
  const { count } = await query(
    `UPDATE seat SET commits = commits + 1, "highestSequence" = greatest("highestSequence", $4)
     WHERE epoch = $1 AND holder = $2 AND commits = $3`,
    [seat.epoch, seat.holder, seat.commits, highest],
  )
  if (count === 0) throw deposed()
}

/**
 * Whether the commit whose answer was lost took place. The row is locked: a plain read shows the counter before a COMMIT that still
 * runs.
 * @throws StoreError `deposed` if the seat is no longer ours
 */
export async function isCommitted(query: Query, seat: HeldSeat): Promise<boolean> {
  const { rows } = await query<{ commits: number }>(
    'SELECT commits FROM seat WHERE epoch = $1 AND holder = $2 FOR UPDATE',
    [seat.epoch, seat.holder],
  )
  const commits = rows[0]?.commits
  if (commits === seat.commits + 1) return true
  if (commits === seat.commits) return false
  throw deposed()
}

export function deposed(): StoreError {
  return new StoreError('deposed', 'another process leads now, or the database has lost commits')
}
