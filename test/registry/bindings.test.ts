import fc from 'fast-check'
import {
  type AbiEvent,
  BaseError,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
  encodeFunctionResult,
  getAbiItem,
  type Hex,
  toEventSelector,
  toFunctionSelector,
} from 'viem'
import { describe, expect, it } from 'vitest'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import { encodeAggregate3, multicallAbi } from '../../src/evm/multicall.ts'
import { decodeSimulation, encodeSimulation, simulatorCode } from '../../src/evm/simulator.ts'
import { registryEvents, registryFunctions } from '../../src/registry/worldId/abi.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { registryLog } from '../../src/registry/worldId/logs.ts'
import { anyCreate, anyInsert, bytesHex } from './samples.ts'

const FUNCTION_SELECTORS = {
  createAccount: '0x9b075735',
  createManyAccounts: '0x3e4ea828',
  insertAuthenticator: '0x2c92b8a5',
  updateAuthenticator: '0x64ca626f',
  removeAuthenticator: '0x6e8d8732',
  recoverAccount: '0x27c12bd3',
  updateRecoveryAgent: '0x0cf43dc8',
  initiateRecoveryAgentUpdate: '0xe2e4d72c',
  executeRecoveryAgentUpdate: '0xf77eb124',
  cancelRecoveryAgentUpdate: '0xd14a7611',
  revertRecoveryAgentUpdate: '0xd382d814',
  migrateLegacyRecoveryAgentUpdate: '0xe29b0bbf',
  getFeeRecipient: '0x4ccb20c0',
  getFeeToken: '0xca709a25',
  getPreviousRecoveryAgentUpdate: '0x7fa3cb77',
  getRecoveryAgentUpdateCooldown: '0xb54a4416',
  getProof: '0xa378f552',
  getRootExpiration: '0x6ef88be1',
  getPackedAccountData: '0x78e4c353',
  getSignatureNonce: '0x31cd4ad2',
  getNextLeafIndex: '0x50e9b925',
  getRecoveryAgent: '0x9a2e6973',
  getPendingRecoveryAgentUpdate: '0x5d42ee34',
  getRecoveryCounter: '0x3a51ad3d',
  getLatestRoot: '0x5445b007',
  currentRoot: '0xfdab463d',
  isValidRoot: '0x2cdabbce',
  getRootTimestamp: '0x8561a5ef',
  getRootValidityWindow: '0x65b64a72',
  getTreeDepth: '0x8e5cdd50',
  getMaxAuthenticators: '0x2c9650c1',
  getRegistrationFee: '0x0946e807',
  domainSeparatorV4: '0x78e890ba',
  eip712Domain: '0x84b0196e',
}

const EVENT_TOPICS = {
  AccountCreated: '0x2305b6fdbd241fe17af0ff960b4618027d3c2875afa10e79ab859d750a3e292d',
  AccountUpdated: '0xced1efa141c2b5fbec11394c037ee8374f3a0ca9ae5c32ab27788035881845ed',
  AuthenticatorInserted: '0x9a5da1d39a61116d35121a4224bae86aa37aebd4514b558f914100e93c21c775',
  AuthenticatorRemoved: '0x28d7c16da5797cec56c455126d2f0fd00e100bc1031a174c0a3b0a256eb6458d',
  AccountRecovered: '0x8978316673c5590b952953bf7effcf47cbf97dad60023cc03c49f11847e37ac5',
  RootRecorded: '0x354c97d4498b3e88bd976788b89a3b2d5090140351a9eb813706398148e9c881',
  RecoveryAgentUpdateInitiated: '0x21eff86b112e9896ecbe5e6f3d379cd4c47ec22906c59efdeb5449e394b87933',
  RecoveryAgentUpdateExecuted: '0x6fe53b8101ea7416511edb0b8af1c9dd6bf687eb4da7932e183466f644df205d',
  RecoveryAgentUpdateCancelled: '0x23fada1646544a2aa81fdfc1d8705662fedef2a6e67fb0ac9d0cf4ced8bfc790',
  RecoveryAgentUpdated: '0x3202cc55c3b4ca669175a4527aefaabb0d2f47354fd719a213556c9fed6f891e',
  RecoveryAgentUpdateReverted: '0x38adbf821b889eb8a9812367d701d70f56566cb3e081a4abf6241bf369fc4ad2',
}

describe('the registry ABI', () => {
  it('has the deployed selector of every function', () => {
    const selectors = Object.fromEntries(
      registryFunctions.map((item) => [item.name, toFunctionSelector(item)]),
    )
    expect(selectors).toEqual(FUNCTION_SELECTORS)
  })

  it('has the deployed topic of every event', () => {
    const topics = Object.fromEntries(registryEvents.map((item) => [item.name, toEventSelector(item)]))
    expect(topics).toEqual(EVENT_TOPICS)
  })
})

describe('registryCall', () => {
  it('encodes named fields as viem encodes positional arguments', () => {
    const encode = registryCall('insertAuthenticator')
    fc.assert(
      fc.property(anyInsert, (operation) => {
        const expected = encodeFunctionData({
          abi: registryFunctions,
          functionName: 'insertAuthenticator',
          args: [
            BigInt(operation.leafIndex),
            operation.newAuthenticatorAddress,
            operation.pubkeyId,
            BigInt(operation.newAuthenticatorPubkey),
            BigInt(operation.oldOffchainSignerCommitment),
            BigInt(operation.newOffchainSignerCommitment),
            operation.signature,
            BigInt(operation.nonce),
          ],
        })
        expect(encode(operation)).toBe(expected)
      }),
    )
  })

  it('encodes lists', () => {
    const encode = registryCall('createAccount')
    fc.assert(
      fc.property(anyCreate, (operation) => {
        const expected = encodeFunctionData({
          abi: registryFunctions,
          functionName: 'createAccount',
          args: [
            operation.recoveryAddress,
            operation.authenticatorAddresses,
            operation.authenticatorPubkeys.map(BigInt),
            BigInt(operation.offchainSignerCommitment),
          ],
        })
        expect(encode(operation)).toBe(expected)
      }),
    )
  })

  it('throws on an integer above the range of the parameter', () => {
    const encode = registryCall('getSignatureNonce')
    expect(() => encode({ leafIndex: `0x1${'00'.repeat(8)}` })).toThrow()
    expect(encode({ leafIndex: `0x${'ff'.repeat(8)}` })).toHaveLength(2 + 8 + 64)
  })
})

describe('registryLog', () => {
  const event: AbiEvent = getAbiItem({ abi: registryEvents, name: 'AuthenticatorInserted' })

  it('returns topics and data equal to those of viem', () => {
    const pattern = registryLog('AuthenticatorInserted')
    fc.assert(
      fc.property(anyInsert, (operation) => {
        const args = {
          leafIndex: BigInt(operation.leafIndex),
          authenticatorAddress: operation.newAuthenticatorAddress,
          newAuthenticatorPubkey: BigInt(operation.newAuthenticatorPubkey),
        }
        const data = encodeAbiParameters(
          event.inputs.filter((input) => !input.indexed),
          [
            operation.pubkeyId,
            BigInt(operation.oldOffchainSignerCommitment),
            BigInt(operation.newOffchainSignerCommitment),
          ],
        )
        expect(pattern({ ...operation, authenticatorAddress: operation.newAuthenticatorAddress })).toEqual({
          topics: encodeEventTopics({ abi: registryEvents, eventName: 'AuthenticatorInserted', args }),
          data,
        })
      }),
    )
  })

  it('returns null for topics without a given value', () => {
    const { topics } = registryLog('RootRecorded')({ root: null, timestamp: '0x1' })
    expect(topics).toEqual([EVENT_TOPICS.RootRecorded, null])
  })
})

describe('aggregate3', () => {
  it('keeps the order, and allows each call to fail alone', () => {
    const call = fc.record({
      target: bytesHex(20),
      callData: fc.integer({ max: 99, min: 0 }).chain(bytesHex),
    })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 5 }), (calls) => {
        const data = encodeAggregate3(calls)
        expect(data.slice(0, 10)).toBe('0x82ad56cb')
        const { args } = decodeFunctionData({ abi: multicallAbi, data })
        const decoded = args[0].map(({ target, ...rest }) => ({ target: target.toLowerCase(), ...rest }))
        expect(decoded).toEqual(calls.map((each) => ({ ...each, allowFailure: true })))
      }),
    )
  })
})

describe('the simulator', () => {
  const target: Hex = `0x${'ab'.repeat(20)}`

  it('receives the calls in order', () => {
    const calls = [
      { target, isolated: true, callData: '0x1234' },
      { target, isolated: false, callData: '0x' },
    ] as const
    const { functionName, args } = decodeFunctionData({ abi: Simulator.abi, data: encodeSimulation(calls) })
    expect(functionName).toBe('run')
    expect(args[0]).toMatchObject([
      { isolated: true, data: '0x1234' },
      { isolated: false, data: '0x' },
    ])
  })

  it('returns the results in order', () => {
    const returned = encodeFunctionResult({
      abi: Simulator.abi,
      functionName: 'run',
      result: [
        { success: true, gasUsed: 503_000n, returnData: '0x' },
        { success: false, gasUsed: 1n, returnData: '0x218170d3' },
      ],
    })
    expect(decodeSimulation(returned)).toEqual([
      { success: true, gasUsed: 503_000, returnData: '0x' },
      { success: false, gasUsed: 1, returnData: '0x218170d3' },
    ])
  })

  it('returns data that decodes as in viem; truncated data is an error', () => {
    const outcome = fc.record({
      success: fc.boolean(),
      gasUsed: fc.maxSafeNat().map(BigInt),
      returnData: fc.integer({ max: 99, min: 0 }).chain(bytesHex),
    })
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 5 }), fc.nat(), (outcomes, cut) => {
        const returned = encodeFunctionResult({ abi: Simulator.abi, functionName: 'run', result: outcomes })
        const expected = outcomes.map((each) => ({ ...each, gasUsed: Number(each.gasUsed) }))
        expect(decodeSimulation(returned)).toEqual(expected)
        // Only the padding at the end is unused.
        const last = outcomes.at(-1)?.returnData ?? '0x'
        const padding = (64 - ((last.length - 2) % 64)) % 64
        const content = returned.slice(0, returned.length - padding)
        const part = content.slice(0, cut % content.length)
        expect(() => decodeSimulation(part as Hex)).toThrow(BaseError)
      }),
    )
  })

  it.each(['0x', `0x${'ff'.repeat(32)}`, `0x${'00'.repeat(31)}20${'ff'.repeat(32)}`] as const)(
    'rejects the return data %s',
    (garbage) => {
      expect(() => decodeSimulation(garbage)).toThrow(BaseError)
    },
  )

  it('has deployed code for the state override', () => {
    expect(simulatorCode).toMatch(/^0x(?:[0-9a-f]{2})+$/)
  })
})
