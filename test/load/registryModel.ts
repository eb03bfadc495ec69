/**
 * A model of the registry's rules on signers, accounts and changes. The model has no tree and no gas. Generated
 * operations must satisfy the model, like the contract.
 */

import type { Address } from '../../src/domain/primitives.ts'
import { recoverSigner } from '../../src/evm/recoverSigner.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import type {
  AccountOperation,
  CreateAccountOp,
  SignedOperation,
  WorldIdOperation,
} from '../../src/registry/worldId/operations.ts'
import { MAX_AUTHENTICATORS } from '../../src/registry/worldId/rules.ts'
import type { RegistryDomain } from '../../src/registry/worldId/typedData.ts'

interface Account {
  readonly recovery: Address
  /** Addresses by slot. */
  readonly slots: Map<number, Address>
  commitment: string
  hasAgentUpdate: boolean
  nonce: number
}

export class RegistryModel {
  readonly #accounts: Account[] = []
  readonly #domain: RegistryDomain

  constructor(domain: RegistryDomain) {
    this.#domain = domain
  }

  /** Leaf index of an authenticator's account; 0 if no account has the address. */
  leafOf(authenticator: Address): number {
    return 1 + this.#accounts.findIndex(({ slots }) => [...slots.values()].includes(authenticator))
  }

  nonceOf(leaf: number): number {
    return this.#account(leaf).nonce
  }

  /** @throws RangeError with the name of the broken rule */
  apply(operation: WorldIdOperation): void {
    const broken = operationKinds[operation.kind].validate(operation)
    demand(broken === null, broken ?? '')
    if (operation.kind === 'create_account') this.#create(operation)
    else if (operation.kind !== 'execute_recovery_agent_update') this.#change(operation)
  }

  #create(operation: CreateAccountOp): void {
    for (const address of operation.authenticatorAddresses) this.#demandFree(address)
    this.#accounts.push({
      recovery: operation.recoveryAddress,
      slots: new Map(operation.authenticatorAddresses.map((address, slot) => [slot, address])),
      commitment: operation.offchainSignerCommitment,
      hasAgentUpdate: false,
      nonce: 0,
    })
  }

  #change(operation: SignedOperation): void {
    const account = this.#account(Number(operation.leafIndex))
    demand(Number(operation.nonce) === account.nonce, 'MismatchedSignatureNonce')
    const digest = operationKinds[operation.kind].digest(operation, this.#domain)
    const signer = recoverSigner(digest ?? '0x', operation.signature)
    account.nonce += 1
    if ('newOffchainSignerCommitment' in operation) this.#changeLeaf(account, operation, signer)
    else this.#changeAgent(account, operation, signer)
  }

  #changeAgent(account: Account, { kind }: SignedOperation, signer: Address): void {
    demand([...account.slots.values()].includes(signer), 'AuthenticatorDoesNotExist')
    const isCancel = kind === 'cancel_recovery_agent_update'
    demand(
      account.hasAgentUpdate === isCancel,
      isCancel ? 'NoPendingRecoveryAgentUpdate' : 'RecoveryAgentUpdateStillActive',
    )
    account.hasAgentUpdate = !isCancel
  }

  #changeLeaf(account: Account, operation: AccountOperation, signer: Address): void {
    demand(operation.oldOffchainSignerCommitment === account.commitment, 'LeafDoesNotExist')
    demand(operation.newOffchainSignerCommitment !== account.commitment, 'NewLeafCannotEqualOldLeaf')
    this.#changeSlots(account, operation, signer)
    account.commitment = operation.newOffchainSignerCommitment
    if (operation.kind === 'recover_account') account.hasAgentUpdate = false
  }

  #changeSlots({ slots, recovery }: Account, operation: AccountOperation, signer: Address): void {
    const isAuthenticator = [...slots.values()].includes(signer)
    switch (operation.kind) {
      case 'insert_authenticator':
        demand(isAuthenticator, 'AuthenticatorDoesNotExist')
        demand(!slots.has(operation.pubkeyId), 'PubkeyIdInUse')
        demand(operation.pubkeyId < MAX_AUTHENTICATORS, 'PubkeyIdOutOfBounds')
        this.#demandFree(operation.newAuthenticatorAddress)
        slots.set(operation.pubkeyId, operation.newAuthenticatorAddress)
        return
      case 'update_authenticator':
        demand(signer === operation.oldAuthenticatorAddress, 'MismatchedAuthenticatorSigner')
        demand(slots.get(operation.pubkeyId) === signer, 'MismatchedPubkeyId')
        this.#demandFree(operation.newAuthenticatorAddress)
        slots.set(operation.pubkeyId, operation.newAuthenticatorAddress)
        return
      case 'remove_authenticator':
        demand(isAuthenticator, 'AuthenticatorDoesNotExist')
        demand(slots.get(operation.pubkeyId) === operation.authenticatorAddress, 'MismatchedPubkeyId')
        slots.delete(operation.pubkeyId)
        demand(slots.size > 0, 'UnmanageableNotAllowed')
        return
      case 'recover_account':
        demand(signer === recovery, 'InvalidSignature')
        this.#demandFree(operation.newAuthenticatorAddress)
        slots.clear()
        slots.set(0, operation.newAuthenticatorAddress)
    }
  }

  #account(leaf: number): Account {
    const account = this.#accounts[leaf - 1]
    if (account === undefined) throw new RangeError('AccountDoesNotExist')
    return account
  }

  #demandFree(address: Address): void {
    demand(this.leafOf(address) === 0, 'AuthenticatorAddressAlreadyInUse')
  }
}

function demand(condition: boolean, rule: string): void {
  if (!condition) throw new RangeError(rule)
}
