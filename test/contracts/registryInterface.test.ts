/**
 * The development registry has the interface of the deployed registry: selectors, topics, and accepted signatures. The
 * expected hashes are literals. Otherwise a name misspelt in both places would pass.
 */
import {
  type Abi,
  type AbiParameter,
  encodeFunctionData,
  toEventSelector,
  toFunctionSelector,
  zeroAddress,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { formatAbiItem } from 'viem/utils'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ERC1967Proxy } from '../../contracts/artifacts/ERC1967Proxy.ts'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import { WorldIDRegistryV2 } from '../../contracts/artifacts/WorldIDRegistryV2.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import { registryAbi } from '../../src/registry/worldId/abi.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { registryDigest, registryDomain } from '../../src/registry/worldId/typedData.ts'
import { startTestChain } from '../support/chain.ts'

/** The hash of the signature of every ABI item of a type, by name. */
function table(items: Abi, type: string, hash: (signature: string) => Hex): Record<string, Hex> {
  const named = items.filter((item): item is NamedItem => item.type === type)
  return Object.fromEntries(named.map((item) => [item.name, hash(formatAbiItem(item))]))
}

type NamedItem = Extract<Abi[number], { name: string }>

/** Selectors and topics of both versions. */
const COMMON = {
  functions: {
    UPGRADE_INTERFACE_VERSION: '0xad3cb1cc',
    acceptOwnership: '0x79ba5097',
    cancelRecoveryAgentUpdate: '0xd14a7611',
    createAccount: '0x9b075735',
    createManyAccounts: '0x3e4ea828',
    currentRoot: '0xfdab463d',
    domainSeparatorV4: '0x78e890ba',
    eip712Domain: '0x84b0196e',
    executeRecoveryAgentUpdate: '0xf77eb124',
    getFeeRecipient: '0x4ccb20c0',
    getFeeToken: '0xca709a25',
    getLatestRoot: '0x5445b007',
    getMaxAuthenticators: '0x2c9650c1',
    getNextLeafIndex: '0x50e9b925',
    getPackedAccountData: '0x78e4c353',
    getPendingRecoveryAgentUpdate: '0x5d42ee34',
    getProof: '0xa378f552',
    getRecoveryAgent: '0x9a2e6973',
    getRecoveryAgentUpdateCooldown: '0xb54a4416',
    getRecoveryCounter: '0x3a51ad3d',
    getRegistrationFee: '0x0946e807',
    getRootTimestamp: '0x8561a5ef',
    getRootValidityWindow: '0x65b64a72',
    getSignatureNonce: '0x31cd4ad2',
    getTreeDepth: '0x8e5cdd50',
    initialize: '0xe37259e9',
    initiateRecoveryAgentUpdate: '0xe2e4d72c',
    insertAuthenticator: '0x2c92b8a5',
    isValidRoot: '0x2cdabbce',
    owner: '0x8da5cb5b',
    pendingOwner: '0xe30c3978',
    proxiableUUID: '0x52d1902d',
    recoverAccount: '0x27c12bd3',
    removeAuthenticator: '0x6e8d8732',
    renounceOwnership: '0x715018a6',
    setFeeRecipient: '0xe74b981b',
    setFeeToken: '0x15cce224',
    setMaxAuthenticators: '0xd816ea45',
    setRecoveryAgentUpdateCooldown: '0x991ecf48',
    setRegistrationFee: '0xc320c727',
    setRootValidityWindow: '0x75a2f956',
    transferOwnership: '0xf2fde38b',
    updateAuthenticator: '0x64ca626f',
    upgradeToAndCall: '0x4f1ef286',
  },
  events: {
    AccountCreated: '0x2305b6fdbd241fe17af0ff960b4618027d3c2875afa10e79ab859d750a3e292d',
    AccountRecovered: '0x8978316673c5590b952953bf7effcf47cbf97dad60023cc03c49f11847e37ac5',
    AccountUpdated: '0xced1efa141c2b5fbec11394c037ee8374f3a0ca9ae5c32ab27788035881845ed',
    AuthenticatorInserted: '0x9a5da1d39a61116d35121a4224bae86aa37aebd4514b558f914100e93c21c775',
    AuthenticatorRemoved: '0x28d7c16da5797cec56c455126d2f0fd00e100bc1031a174c0a3b0a256eb6458d',
    FeeRecipientUpdated: '0xaaebcf1bfa00580e41d966056b48521fa9f202645c86d4ddf28113e617c1b1d3',
    FeeTokenUpdated: '0x91a03e1d689caf891fe531c01e290f7b718f9c6a3af6726d6d837d2b7bd82e67',
    MaxAuthenticatorsUpdated: '0x56005fa5e90a59dbd4f6ca6c3f6c7f2a5c6ee02b91a7c284a5b2b0fadd0979de',
    OwnershipTransferStarted: '0x38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e22700',
    OwnershipTransferred: '0x8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0',
    RecoveryAgentUpdateCancelled: '0x23fada1646544a2aa81fdfc1d8705662fedef2a6e67fb0ac9d0cf4ced8bfc790',
    RecoveryAgentUpdateCooldownUpdated: '0x56f7d920db32220d68c38ef513bb53636d0d0d81726d2daf0380059a4ba8d32a',
    RecoveryAgentUpdateExecuted: '0x6fe53b8101ea7416511edb0b8af1c9dd6bf687eb4da7932e183466f644df205d',
    RecoveryAgentUpdateInitiated: '0x21eff86b112e9896ecbe5e6f3d379cd4c47ec22906c59efdeb5449e394b87933',
    RegistrationFeeUpdated: '0x50b218c5a101ad05d53ab0a964d01da639ee79525ae4b7802ed714249740a8d5',
    RootRecorded: '0x354c97d4498b3e88bd976788b89a3b2d5090140351a9eb813706398148e9c881',
    RootValidityWindowUpdated: '0xa63279eae22bff252c101e3cdc68b7a992867a5b6e5c21c03c2670d20c2f0d04',
    Upgraded: '0xbc7cd75a20ee27fd9adebab32041f755214dbc6bffa90cc0225b39da2e5c2d3b',
  },
  errors: {
    AccountDoesNotExist: '0x47342059',
    AuthenticatorAddressAlreadyInUse: '0x218170d3',
    AuthenticatorDoesNotBelongToAccount: '0x8ce76e5c',
    AuthenticatorDoesNotExist: '0x9389f4aa',
    DepthNotSupported: '0xd8ad109c',
    ECDSAInvalidSignature: '0xf645eedf',
    ECDSAInvalidSignatureLength: '0xfce698f7',
    ECDSAInvalidSignatureS: '0xd78bce0c',
    ERC1967InvalidImplementation: '0x4c9c8ce3',
    ERC1967NonPayable: '0xb398979f',
    EmptyAddressArray: '0x39282800',
    InsufficientFunds: '0x356680b7',
    InvalidInitialization: '0xf92ee8a9',
    InvalidSignature: '0x8baa579f',
    LeafDoesNotExist: '0x7204756c',
    LeafIndexOutOfRange: '0x118f6218',
    MismatchedAuthenticatorSigner: '0x7aa5e755',
    MismatchedLeafIndex: '0xfe6d6eb0',
    MismatchedPubkeyId: '0x22c0ec40',
    MismatchedRecoveryCounter: '0xb0d86856',
    MismatchedSignatureNonce: '0xf8c6b45a',
    MismatchingArrayLengths: '0x93449531',
    NewLeafCannotEqualOldLeaf: '0x21248755',
    NoPendingRecoveryAgentUpdate: '0xa05090f8',
    OwnableUnauthorizedAccount: '0x118cdaa7',
    OwnerMaxAuthenticatorsOutOfBounds: '0x09ed763b',
    PubkeyIdDoesNotExist: '0xec5a23cd',
    PubkeyIdInUse: '0x0e5ff1d1',
    PubkeyIdOutOfBounds: '0x075aa3ca',
    RecoveryAgentUpdateStillInCooldown: '0x0458dba0',
    RecoveryNotEnabled: '0x47695d1a',
    ReusedAuthenticatorAddress: '0x20dc8563',
    SafeERC20FailedOperation: '0x5274afe7',
    TreeIsFull: '0xed732d0c',
    UUPSUnauthorizedCallContext: '0xe07c8dba',
    UUPSUnsupportedProxiableUUID: '0xaa1d49a4',
    ValueGreaterThanSnarkScalarField: '0x8c3738da',
    ZeroAddress: '0xd92e233d',
  },
}

/** Selectors and topics that version 2 adds. */
const ADDED = {
  functions: {
    getPreviousRecoveryAgentUpdate: '0x7fa3cb77',
    getRootExpiration: '0x6ef88be1',
    migrateLegacyRecoveryAgentUpdate: '0xe29b0bbf',
    revertRecoveryAgentUpdate: '0xd382d814',
    updateRecoveryAgent: '0x0cf43dc8',
  },
  events: {
    RecoveryAgentUpdateReverted: '0x38adbf821b889eb8a9812367d701d70f56566cb3e081a4abf6241bf369fc4ad2',
    RecoveryAgentUpdated: '0x3202cc55c3b4ca669175a4527aefaabb0d2f47354fd719a213556c9fed6f891e',
  },
  errors: {
    AuthenticatorClassMismatch: '0x3b43b4f7',
    MethodUnsupported: '0x3ec8a1ff',
    NoActiveRecoveryAgentUpdate: '0x67eeffe2',
    RecoveryAgentUpdateStillActive: '0x2fa9d691',
    RecoveryAgentUpdateWindowExpired: '0x3403be48',
    UnknownRoot: '0x29fd3379',
    UnmanageableNotAllowed: '0xb80d77fa',
  },
}

const VERSIONS = [
  ['version 1', WorldIDRegistry.abi, { functions: {}, events: {}, errors: {} }],
  ['version 2', WorldIDRegistryV2.abi, ADDED],
] as const

describe.each(VERSIONS)('%s of the development registry', (_version, items, added) => {
  test('has the deployed selectors of the functions', () => {
    expect(table(items, 'function', toFunctionSelector)).toEqual({ ...COMMON.functions, ...added.functions })
  })

  test('has the deployed topics of the events', () => {
    expect(table(items, 'event', toEventSelector)).toEqual({ ...COMMON.events, ...added.events })
  })

  test('has the deployed selectors of the errors', () => {
    expect(table(items, 'error', toFunctionSelector)).toEqual({ ...COMMON.errors, ...added.errors })
  })

  test('is contained in the ABI of the gateway, except what only an owner needs', () => {
    const known = registryAbi.map(describeItem)
    const ours = items.map(describeItem).filter((item) => !OWNER_ONLY.test(item))
    // A function without an effect has no names of its parameters.
    const named = ours.filter((item) => !/^function .*(\w+ ,|\w+ \))/.test(item))
    expect(known).toEqual(expect.arrayContaining(named))
  })
})

/** Items for the owner of the registry, and for upgrades. */
const OWNER_ONLY =
  /^\w+ (initialize|set|owner|pendingOwner|\w*[oO]wnership|proxiable|upgrade|UPGRADE|Upgraded|Fee\w+Updated|MaxAuth|\w+CooldownUpdated|RegistrationFeeUpdated|RootValidity|ERC1967|UUPSUnsupported)/

/** E.g. `event RootRecorded(uint256 indexed root, uint256 timestamp)`. */
function describeItem(item: Abi[number]): string {
  if (!('name' in item)) return item.type
  const parameters = item.inputs.map((input: AbiParameter & { readonly indexed?: boolean | undefined }) =>
    [input.type, ...(input.indexed ? ['indexed'] : []), input.name].join(' '),
  )
  return `${item.type} ${item.name}(${parameters.join(', ')})`
}

test('Multicall3 has the canonical selectors', () => {
  expect(table(Multicall3.abi, 'function', toFunctionSelector)).toEqual({
    aggregate: '0x252dba42',
    aggregate3: '0x82ad56cb',
    aggregate3Value: '0x174dea71',
    blockAndAggregate: '0xc3077fa9',
    getBasefee: '0x3e64a696',
    getBlockHash: '0xee82ac5e',
    getBlockNumber: '0x42cbb15c',
    getChainId: '0x3408e470',
    getCurrentBlockCoinbase: '0xa8b0574e',
    getCurrentBlockDifficulty: '0x72425d9d',
    getCurrentBlockGasLimit: '0x86d516e8',
    getCurrentBlockTimestamp: '0x0f28c97d',
    getEthBalance: '0x4d2301cc',
    getLastBlockHash: '0x27e86d6e',
    tryAggregate: '0xbce38bd7',
    tryBlockAndAggregate: '0x399542e9',
  })
})

describe('signatures for the deployed registry', () => {
  const CHAIN_ID = 480
  const VERIFYING_CONTRACT = '0x1111111111111111111111111111111111111111'
  const NEW_AUTHENTICATOR = '0x2222222222222222222222222222222222222222'
  /** Storage slot of the implementation address. Source: ERC-1967. */
  const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

  const INSERT = {
    fields: {
      leafIndex: '0x1',
      newAuthenticatorAddress: NEW_AUTHENTICATOR,
      pubkeyId: 1,
      newAuthenticatorPubkey: '0xc8',
      newOffchainSignerCommitment: '0x2',
      nonce: '0x0',
    },
    digest: '0xaaf69c9628b0e30e6e08a015dfa6dccbd055c3fd352d277c98a4c4dbffcd18c1',
    signature:
      '0xc68087664eec35e5819f0ccdcf9f909730daa528b6dc004f4310d9df683b2b1d240aefb5c99a50840f6be1b1e4d5ecc659a418bc2c22c10f2b33c19af9c200731b',
  } as const

  const UPDATE = {
    fields: {
      leafIndex: '0x1',
      oldAuthenticatorAddress: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      newAuthenticatorAddress: NEW_AUTHENTICATOR,
      pubkeyId: 0,
      newAuthenticatorPubkey: '0x190',
      newOffchainSignerCommitment: '0x5',
      nonce: '0x3',
    },
    digest: '0x801d4547ad464178719b4e93e6632c1e13e943135d7e804728bbc5036329610f',
    signature:
      '0x717073d25cc82b4aaa0a05bd22c17404fc2a2c73057029151f3fef57bb7448642d64d468e738bcfa9c7a1e6f582e84ce5923d396d3724a4d1733fc368a3e444d1c',
  } as const

  const domain = registryDomain(CHAIN_ID, VERIFYING_CONTRACT)

  test('have the digests that the gateway computes', () => {
    expect(registryDigest('InsertAuthenticator')(INSERT.fields, domain)).toBe(INSERT.digest)
    expect(registryDigest('UpdateAuthenticator')(UPDATE.fields, domain)).toBe(UPDATE.digest)
  })

  /** The registry is placed at the verifying contract of the signatures. A reverting transaction fails the test. */
  test('are accepted by the development registry', async () => {
    const chain = await startTestChain({ chainId: CHAIN_ID })
    onTestFinished(chain.stop)
    const { client } = chain
    const implementation = await client.getStorageAt({
      address: chain.registryAddress,
      slot: IMPLEMENTATION_SLOT,
    })
    await client.setCode({ address: VERIFYING_CONTRACT, bytecode: ERC1967Proxy.deployedBytecode })
    await client.setStorageAt({
      address: VERIFYING_CONTRACT,
      index: IMPLEMENTATION_SLOT,
      value: implementation ?? '0x',
    })

    const send = (data: Hex) => client.sendTransactionSync({ to: VERIFYING_CONTRACT, data, gas: 5_000_000n })
    await send(
      encodeFunctionData({
        abi: WorldIDRegistry.abi,
        functionName: 'initialize',
        args: [30n, zeroAddress, zeroAddress, 0n],
      }),
    )
    await send(
      registryCall('createAccount')({
        recoveryAddress: zeroAddress,
        authenticatorAddresses: [UPDATE.fields.oldAuthenticatorAddress],
        authenticatorPubkeys: ['0x64'],
        offchainSignerCommitment: '0x1',
      }),
    )

    const first = { signature: INSERT.signature, oldOffchainSignerCommitment: '0x1' } as const
    await send(registryCall('insertAuthenticator')({ ...INSERT.fields, ...first }))

    // The update is the fourth operation of the account. The operations in between free the new address.
    const account = privateKeyToAccount(chain.walletPrivateKey)
    const second = {
      leafIndex: '0x1',
      authenticatorAddress: NEW_AUTHENTICATOR,
      pubkeyId: 1,
      authenticatorPubkey: '0xc8',
      oldOffchainSignerCommitment: '0x2',
      newOffchainSignerCommitment: '0x3',
      nonce: '0x1',
    } as const
    const removal = registryDigest('RemoveAuthenticator')(second, domain)
    await send(
      registryCall('removeAuthenticator')({ ...second, signature: await account.sign({ hash: removal }) }),
    )
    const third = {
      ...INSERT.fields,
      newAuthenticatorAddress: '0x3333333333333333333333333333333333333333',
      oldOffchainSignerCommitment: '0x3',
      newOffchainSignerCommitment: '0x4',
      nonce: '0x2',
    } as const
    const insertion = registryDigest('InsertAuthenticator')(third, domain)
    await send(
      registryCall('insertAuthenticator')({ ...third, signature: await account.sign({ hash: insertion }) }),
    )
    const fourth = { signature: UPDATE.signature, oldOffchainSignerCommitment: '0x4' } as const
    await send(registryCall('updateAuthenticator')({ ...UPDATE.fields, ...fourth }))
  })
})
