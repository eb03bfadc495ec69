/**
 * Generated accounts and their operations. Each step is pure: the result is a signed operation, and the account after
 * the operation.
 */
import { bytesToHex } from 'viem'
import type { Address, UintHex } from '../domain/primitives.ts'
import { operationKinds } from '../registry/worldId/kinds.ts'
import type { CreateAccountOp, SignedOperation, WorldIdOperation } from '../registry/worldId/operations.ts'
import type { RegistryDomain } from '../registry/worldId/typedData.ts'
import { createKey, type Key } from './key.ts'
import type { ChangeKind } from './plan.ts'
import { choose, type Random } from './random.ts'

interface Authenticator {
  readonly key: Key
  /** Pubkey slot of the authenticator. */
  readonly pubkeyId: number
  readonly pubkey: UintHex
}

/** An account always has an authenticator. */
type Authenticators = readonly [Authenticator, ...Authenticator[]]

interface Account {
  readonly authenticators: Authenticators
  readonly recovery: Key
  /** An update of the recovery agent waits, and can be cancelled. */
  readonly hasAgentUpdate: boolean
  readonly commitment: UintHex
  readonly nonce: number
}

/** An account that exists in the registry. */
export interface LiveAccount extends Account {
  readonly leafIndex: UintHex
}

export interface Creation {
  readonly operation: CreateAccountOp
  readonly account: Account
}

export interface Step {
  readonly operation: WorldIdOperation
  readonly account: LiveAccount
}

/** A new account with keys for signing further operations. */
export function createAccount(authenticators: number, random: Random): Creation {
  const first = createAuthenticator(0, random)
  const others = Array.from({ length: authenticators - 1 }, (_, index) =>
    createAuthenticator(index + 1, random),
  )
  const account: Account = {
    authenticators: [first, ...others],
    recovery: createKey(random),
    hasAgentUpdate: false,
    commitment: drawUint(random),
    nonce: 0,
  }
  return {
    account,
    operation: {
      kind: 'create_account',
      recoveryAddress: account.recovery.address,
      authenticatorAddresses: account.authenticators.map(({ key }) => key.address),
      authenticatorPubkeys: account.authenticators.map(({ pubkey }) => pubkey),
      offchainSignerCommitment: account.commitment,
    },
  }
}

/** A new account without further operations. The addresses need no keys, which saves time. */
export function createIdleAccount(random: Random): CreateAccountOp {
  return {
    kind: 'create_account',
    recoveryAddress: drawAddress(random),
    authenticatorAddresses: [drawAddress(random)],
    authenticatorPubkeys: [drawUint(random)],
    offchainSignerCommitment: drawUint(random),
  }
}

/**
 * The next operation of an account.
 * @param kind must be possible: no eighth authenticator, no removal of the only authenticator
 */
export function changeAccount(
  account: LiveAccount,
  kind: ChangeKind,
  { domain, random }: { readonly domain: RegistryDomain; readonly random: Random },
): Step {
  const common: Common = {
    leafIndex: account.leafIndex,
    nonce: `0x${account.nonce.toString(16)}`,
    signature: '0x',
  }
  const { unsigned, signer, ...changed } = CHANGES[kind](account, common, random)
  const digest = operationKinds[unsigned.kind].digest(unsigned, domain)
  if (digest === null) throw new TypeError(`${unsigned.kind} has no digest to sign`)
  return {
    operation: { ...unsigned, signature: signer.sign(digest) },
    account: { ...account, ...changed, nonce: account.nonce + 1 },
  }
}

type Common = Pick<SignedOperation, 'leafIndex' | 'nonce' | 'signature'>

/** An operation without its signature, and the changed parts of the account. */
interface Change extends Partial<Pick<Account, 'authenticators' | 'commitment' | 'hasAgentUpdate'>> {
  readonly unsigned: SignedOperation
  readonly signer: Key
}

/** A new commitment, in the fields of the operation and in the account. */
function newCommitment({ commitment }: Account, random: Random) {
  const next = drawUint(random)
  return {
    fields: { oldOffchainSignerCommitment: commitment, newOffchainSignerCommitment: next },
    commitment: next,
  }
}

const CHANGES: Readonly<Record<ChangeKind, (account: Account, common: Common, random: Random) => Change>> = {
  insert_authenticator(account, common, random) {
    const { authenticators } = account
    const { fields, commitment } = newCommitment(account, random)
    const added = createAuthenticator(freeSlot(authenticators), random)
    return {
      unsigned: {
        ...common,
        ...fields,
        kind: 'insert_authenticator',
        newAuthenticatorAddress: added.key.address,
        pubkeyId: added.pubkeyId,
        newAuthenticatorPubkey: added.pubkey,
      },
      signer: choose(random, authenticators).key,
      authenticators: [...authenticators, added],
      commitment,
    }
  },

  update_authenticator(account, common, random) {
    const [replaced, ...others] = account.authenticators
    const { fields, commitment } = newCommitment(account, random)
    const replacement = createAuthenticator(replaced.pubkeyId, random)
    return {
      unsigned: {
        ...common,
        ...fields,
        kind: 'update_authenticator',
        oldAuthenticatorAddress: replaced.key.address,
        newAuthenticatorAddress: replacement.key.address,
        pubkeyId: replacement.pubkeyId,
        newAuthenticatorPubkey: replacement.pubkey,
      },
      signer: replaced.key,
      authenticators: [replacement, ...others],
      commitment,
    }
  },

  remove_authenticator(account, common, random) {
    const [removed, next, ...others] = account.authenticators
    if (next === undefined) throw new RangeError('the only authenticator of an account cannot be removed')
    const { fields, commitment } = newCommitment(account, random)
    return {
      unsigned: {
        ...common,
        ...fields,
        kind: 'remove_authenticator',
        authenticatorAddress: removed.key.address,
        pubkeyId: removed.pubkeyId,
        authenticatorPubkey: removed.pubkey,
      },
      signer: choose(random, [removed, next, ...others]).key,
      authenticators: [next, ...others],
      commitment,
    }
  },

  update_recovery_agent({ authenticators, hasAgentUpdate }, common, random) {
    const unsigned: SignedOperation = hasAgentUpdate
      ? { ...common, kind: 'cancel_recovery_agent_update' }
      : { ...common, kind: 'update_recovery_agent', newRecoveryAgent: drawAddress(random) }
    return { unsigned, signer: choose(random, authenticators).key, hasAgentUpdate: !hasAgentUpdate }
  },

  recover_account(account, common, random) {
    const { fields, commitment } = newCommitment(account, random)
    const recovered = createAuthenticator(0, random)
    return {
      unsigned: {
        ...common,
        ...fields,
        kind: 'recover_account',
        newAuthenticatorAddress: recovered.key.address,
        newAuthenticatorPubkey: recovered.pubkey,
      },
      signer: account.recovery,
      authenticators: [recovered],
      commitment,
      hasAgentUpdate: false,
    }
  },
}

function createAuthenticator(pubkeyId: number, random: Random): Authenticator {
  return { key: createKey(random), pubkeyId, pubkey: drawUint(random) }
}

function freeSlot(authenticators: Authenticators): number {
  const taken = new Set(authenticators.map(({ pubkeyId }) => pubkeyId))
  let slot = 0
  while (taken.has(slot)) slot += 1
  return slot
}

function drawAddress(random: Random): Address {
  return bytesToHex(random.bytes(20))
}

/**
 * A random integer of 245 bits in minimal hex. The integer is not zero, and below the modulus of the commitments'
 * field.
 */
function drawUint(random: Random): UintHex {
  const [first = 0, ...rest] = random.bytes(31)
  return bytesToHex(Uint8Array.of((first & 0x0f) | 0x10, ...rest))
}
