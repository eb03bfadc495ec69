import { expect, it } from 'vitest'
import { notProvided } from '../../src/machines/ports.ts'

it('an effect that was not provided says so by name when it is asked', async () => {
  await expect(notProvided('signTransaction')()).rejects.toThrow("'signTransaction' was not provided")
})
