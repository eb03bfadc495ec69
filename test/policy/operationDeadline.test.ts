import { expect, it } from 'vitest'
import { expiredAfterBatch, expiredInLane, expiredInQueue } from '../../src/policy/operationDeadline.ts'

it.each([
  [expiredInQueue(null), 'room in a batch'],
  [expiredInQueue('FeeAboveCeiling'), 'a lower base fee'],
  [expiredInQueue('ChainStalled'), 'an answer of the chain'],
  [expiredInLane(7), 'nonce 7 of its account'],
  [expiredAfterBatch('Timeout'), 'another batch, because its last batch gave no verdict (Timeout)'],
])('a failure at the deadline says what the operation waited for: %j', (reason, waitedFor) => {
  const message = `Timeout: the deadline passed while the operation waited for ${waitedFor}`
  expect(reason).toEqual({ type: 'Unknown', message })
})

it('an operation that the wallet could not pay until the deadline fails for lack of balance', () => {
  expect(expiredInQueue('WalletUnavailable')).toEqual({ type: 'InsufficientBalance' })
})
