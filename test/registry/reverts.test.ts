import { type Abi, encodeErrorResult, toFunctionSelector } from 'viem'
import { describe, expect, it } from 'vitest'
import { registryErrors } from '../../src/registry/worldId/abi.ts'
import { decodeRevert } from '../../src/registry/worldId/reverts.ts'

/** The selectors in the deployed contracts. */
const SELECTORS: Readonly<Record<string, string>> = {
  AccountDoesNotExist: '47342059',
  AuthenticatorAddressAlreadyInUse: '218170d3',
  AuthenticatorAlreadyExists: '209b6dcb',
  AuthenticatorDoesNotBelongToAccount: '8ce76e5c',
  AuthenticatorDoesNotExist: '9389f4aa',
  BitmapOverflow: '11974caa',
  EmptyAddressArray: '39282800',
  InsufficientFunds: '356680b7',
  InvalidSignature: '8baa579f',
  MismatchedAuthenticatorSigner: '7aa5e755',
  MismatchedLeafIndex: 'fe6d6eb0',
  MismatchedPubkeyId: '22c0ec40',
  MismatchedRecoveryCounter: 'b0d86856',
  MismatchedSignatureNonce: 'f8c6b45a',
  MismatchingArrayLengths: '93449531',
  NoPendingRecoveryAgentUpdate: 'a05090f8',
  OwnerMaxAuthenticatorsOutOfBounds: '09ed763b',
  PubkeyIdDoesNotExist: 'ec5a23cd',
  PubkeyIdInUse: '0e5ff1d1',
  PubkeyIdOutOfBounds: '075aa3ca',
  PubkeyIdOverflow: '71e0c711',
  RecoveryAddressNotSet: 'd39730a3',
  RecoveryAgentUpdateStillInCooldown: '0458dba0',
  RecoveryCounterOverflow: 'a80e0ac5',
  RecoveryNotEnabled: '47695d1a',
  ReusedAuthenticatorAddress: '20dc8563',
  ZeroRecoveredSignatureAddress: '2c9b945f',
  ZeroAddress: 'd92e233d',
  ImplementationNotInitialized: '0206032a',
  ECDSAInvalidSignature: 'f645eedf',
  ECDSAInvalidSignatureLength: 'fce698f7',
  ECDSAInvalidSignatureS: 'd78bce0c',
  UUPSUnauthorizedCallContext: 'e07c8dba',
  SafeERC20FailedOperation: '5274afe7',
  OwnableUnauthorizedAccount: '118cdaa7',
  InvalidInitialization: 'f92ee8a9',
  ValueGreaterThanSnarkScalarField: '8c3738da',
  TreeIsFull: 'ed732d0c',
  NewLeafCannotEqualOldLeaf: '21248755',
  LeafDoesNotExist: '7204756c',
  LeafIndexOutOfRange: '118f6218',
  DepthNotSupported: 'd8ad109c',
  AuthenticatorClassMismatch: '3b43b4f7',
  MethodUnsupported: '3ec8a1ff',
  UnmanageableNotAllowed: 'b80d77fa',
  UnknownRoot: '29fd3379',
  RecoveryAgentUpdateStillActive: '2fa9d691',
  NoActiveRecoveryAgentUpdate: '67eeffe2',
  RecoveryAgentUpdateWindowExpired: '3403be48',
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  address: `0x${'ab'.repeat(20)}`,
  bool: true,
  bytes32: `0x${'cd'.repeat(32)}`,
  uint32: 7,
  uint64: 8n,
  uint256: (1n << 256n) - 1n,
}

const SHOWN: Readonly<Record<string, string>> = {
  address: `0x${'ab'.repeat(20)}`,
  bool: 'true',
  bytes32: `0x${'cd'.repeat(32)}`,
  uint32: '7',
  uint64: '8',
  uint256: ((1n << 256n) - 1n).toString(),
}

describe('errors of the registry', () => {
  it('have the selectors of the deployed contracts', () => {
    const selectors = registryErrors.map((item) => {
      const types = item.inputs.map((input) => input.type)
      return [item.name, toFunctionSelector(`${item.name}(${types.join(',')})`).slice(2)]
    })
    expect(Object.fromEntries(selectors)).toEqual(SELECTORS)
  })

  it.each(registryErrors.map((item) => [item.name, item] as const))(
    '%s is decoded with its arguments',
    (name, item) => {
      const abi: Abi = [item]
      const data = encodeErrorResult({
        abi,
        errorName: name,
        args: item.inputs.map((input) => EXAMPLES[input.type]),
      })
      expect(data.slice(2, 10)).toBe(SELECTORS[name])
      expect(decodeRevert(data)).toEqual({
        name,
        args: item.inputs.map((input) => SHOWN[input.type]),
        data,
      })
    },
  )
})
