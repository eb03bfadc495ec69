import { expect, it } from 'vitest'
import { notProvided } from '../../src/machines/notProvided.ts'

it('an effect that was not provided says so by name when it is asked', async () => {
  await expect(notProvided('signAttempt')()).rejects.toThrow("'signAttempt' was not provided")
})
