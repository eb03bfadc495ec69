/** The signer that the configuration or the embedding program names. */
import type { GatewayConfig } from '../../domain/config.ts'
import { StartupError } from '../../domain/errors.ts'
import { embeddedSigner } from './embeddedSigner.ts'
import { openKmsSigner } from './kmsSigner.ts'
import { localSigner } from './localSigner.ts'
import type { Signer } from './signer.ts'

/** @throws StartupError if there is not exactly one key, or the key cannot be used */
export async function openSigner(
  { walletPrivateKey, awsKmsKeyId }: Pick<GatewayConfig, 'walletPrivateKey' | 'awsKmsKeyId'>,
  embedded?: Signer,
): Promise<Signer> {
  const given = [walletPrivateKey, awsKmsKeyId, embedded ?? null].filter((key) => key !== null)
  if (given.length !== 1) {
    throw new StartupError(
      `The wallet needs exactly one key: walletPrivateKey, awsKmsKeyId or the option signer. ${given.length} are given.`,
    )
  }
  if (walletPrivateKey !== null) return localSigner(walletPrivateKey)
  if (awsKmsKeyId !== null) return openKmsSigner(awsKmsKeyId)
  return embeddedSigner(embedded as Signer)
}
