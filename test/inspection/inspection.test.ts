import { afterEach, describe, expect, it } from 'vitest'
import { Inspection, type InspectionOptions } from '../../src/inspection/inspection.ts'
import { view } from '../support/eventStream.ts'
import { ABOUT, startRoom } from './system.ts'

const time = 0
const made: Inspection[] = []

function inspect(options: Partial<InspectionOptions> = {}): Inspection {
  const inspection = new Inspection({
    now: () => time,
    redact: (text) => text,
    about: ABOUT,
    ...options,
  })
  made.push(inspection)
  return inspection
}

afterEach(() => {
  for (const inspection of made.splice(0)) inspection.close()
})

describe('what is told', () => {
  it('holds no secret, wherever it comes from', async () => {
    const inspection = inspect({ redact: (text) => text.replaceAll('hunter2', '[redacted]') })
    startRoom(inspection.observe)
    const stream = inspection.open(null)
    inspection.noteEvent({ type: 'chain.stalled', message: 'no answer of hunter2', at: time })
    const viewing = view(stream)
    const messages = await viewing.until(({ type }) => type === 'opsbatcher.fact')
    expect(messages.find(({ type }) => type === 'opsbatcher.fact')).toMatchObject({
      fact: { message: 'no answer of [redacted]' },
    })
    expect(viewing.text).not.toContain('hunter2')
    await viewing.close()
  })

  it('survives a bigint where none should be', async () => {
    const inspection = inspect()
    startRoom(inspection.observe)
    const viewing = view(inspection.open(null))
    const code = 12n as unknown as 'not_found'
    inspection.noteEvent({ type: 'operation.refused', kind: 'create_account', code, at: time })
    const messages = await viewing.until(({ type }) => type === 'opsbatcher.fact')
    expect(messages).toMatchObject([{ fact: { code: '12' } }])
    await viewing.close()
  })
})
