/** A process of a campaign: performs tasks in sequence, because a process can run only a single world. */
import { broken } from './outcome.ts'
import { perform, type Task } from './tasks.ts'

process.on('message', (task: Task) => {
  const seed = 'seed' in task ? task.seed : 0
  perform(task)
    .catch((error: unknown) => broken(seed, error))
    .then((outcome) => process.send?.(outcome))
})
process.on('disconnect', () => process.exit())
