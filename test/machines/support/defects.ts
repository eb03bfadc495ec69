/** Defects that make an actor crash, and the restart of the gateway after a crash. */
import { remembered, type System } from './gateway.ts'

export const throwDefect = () => {
  throw new Error('a defect')
}

/** An action that throws while `isOn` is true. */
export function defectSwitch() {
  const self = {
    isOn: true,
    throwIfOn: () => {
      if (self.isOn) throwDefect()
    },
  }
  return self
}

/** Passes the pause after a crash and answers the recovery. `pause` is in milliseconds. */
export async function restart(system: System, pause = 1_000, recovered = remembered): Promise<void> {
  await system.settle.resolve([])
  await system.advance(pause)
  await system.recover.resolve(recovered)
}
