/** Bodies for the routes that take operations: valid, nearly valid, and nonsense. */
import fc from 'fast-check'
import { BODIES, SUBMISSION_PATHS, type SubmissionPath } from '../server/fixtures.ts'

export const submissionPath = fc.constantFrom(...SUBMISSION_PATHS)

/** A value close to a valid field. */
const fieldValue = fc.oneof(
  fc.jsonValue(),
  fc.bigInt({ min: -(1n << 257n), max: 1n << 257n }).map(String),
  fc.bigInt({ min: 0n, max: 1n << 257n }).map((value) => `0x${value.toString(16)}`),
  fc.stringMatching(/^0x[0-9a-fA-F]{0,132}$/),
  fc.constantFrom(' 0x1 ', '0X1F', '00', '1e3', '\u0000', '٣', '-0', `0x${'0'.repeat(500)}`, '', null),
  fc.array(fc.stringMatching(/^0x[0-9a-f]{40}$/), { maxLength: 9 }),
)

/** A valid body with some fields damaged or missing. */
export function nearlyValid(path: SubmissionPath): fc.Arbitrary<string> {
  const fields = Object.entries(BODIES[path]).map(([name, value]) => [
    name,
    fc.oneof(fc.constant(value), fieldValue),
  ])
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }).map((body) => JSON.stringify(body))
}

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((value) => `0x${Buffer.from(value).toString('hex')}`)

/** The creation of a new account. The service accepts it. */
export const freshCreation: fc.Arbitrary<string> = fc
  .record({ address: bytes(20), pubkey: bytes(16), commitment: bytes(16) })
  .map(({ address, pubkey, commitment }) =>
    JSON.stringify({
      authenticator_addresses: [address],
      authenticator_pubkeys: [pubkey],
      offchain_signer_commitment: commitment,
    }),
  )
