/** The ways in which a leader is lost, and how the replica comes back afterwards. */
import type { Place, Replica } from './replicas.ts'

export interface Fault {
  readonly name: string
  /** The former leader goes on, and may lead again. */
  readonly isSurvived?: true
  /** Takes the lead from a replica. */
  strike(leader: Replica, place: Place): Promise<void> | void
  /** Called when another replica leads: brings the former leader back. */
  repair(former: Replica): Promise<void> | void
}

const restart = async (former: Replica) => {
  await former.ended()
  former.start()
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    strike: (leader) => leader.signal('SIGKILL'),
    repair: restart,
  },
  {
    name: 'stop',
    strike: (leader) => leader.signal('SIGTERM'),
    repair: async (former) => {
      const code = await former.ended()
      if (code !== 0)
        throw new Error(`${former.name} ended with code ${code}:\n${former.log.slice(-20).join('\n')}`)
      former.start()
    },
  },
  {
    name: 'endSessions',
    isSurvived: true,
    // The former leader lives, and stands by when it notices.
    strike: async ({ name }, { postgres }) => {
      await postgres.admin.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      )
    },
    repair: () => {},
  },
  {
    name: 'restartDatabase',
    isSurvived: true,
    strike: async (_, { postgres }) => {
      await postgres.shutDown()
      await postgres.startAgain()
    },
    repair: () => {},
  },
  {
    name: 'pause',
    strike: (leader) => leader.signal('SIGSTOP'),
    repair: (former) => former.signal('SIGCONT'),
  },
  {
    name: 'partition',
    strike: ({ proxy }) => proxy.freeze(),
    repair: ({ proxy }) => proxy.thaw(),
  },
]
