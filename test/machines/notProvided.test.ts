import { expect, it } from 'vitest'
import { notProvided } from '../../src/machines/notProvided.ts'

it('an effect without an implementation fails with an error that names the effect', async () => {
  await expect(notProvided('signAttempt')()).rejects.toThrow("'signAttempt' was not provided")
})
