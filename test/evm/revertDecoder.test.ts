import fc from 'fast-check'
import { encodeErrorResult, type Hex, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { revertDecoder } from '../../src/evm/revertDecoder.ts'
import { bytesHex } from '../registry/samples.ts'

const decodeRevert = revertDecoder(
  parseAbi([
    'error Paused()',
    'error OwnedBy(address owner)',
    'error WrongNonce(uint64 account, uint256 expected, uint256 actual)',
  ]),
)

const PAUSED = '9e87fac8'
const OWNED_BY = 'c432b00d'

const languageErrors = parseAbi(['error Error(string message)', 'error Panic(uint256 code)'])

describe('revertDecoder', () => {
  it('decodes an error of the contract, integers in decimal', () => {
    const abi = parseAbi(['error WrongNonce(uint64 account, uint256 expected, uint256 actual)'])
    const data = encodeErrorResult({ abi, args: [7n, 2n, 1n] })
    expect(decodeRevert(data)).toEqual({ name: 'WrongNonce', args: ['7', '2', '1'], data })
  })

  it('decodes the message of a failed require', () => {
    const data = encodeErrorResult({
      abi: languageErrors,
      errorName: 'Error',
      args: ['Multicall3: call failed'],
    })
    expect(decodeRevert(data)).toEqual({ name: 'Error', args: ['Multicall3: call failed'], data })
  })

  it('decodes the code of a panic', () => {
    const data = encodeErrorResult({ abi: languageErrors, errorName: 'Panic', args: [0x11n] })
    expect(decodeRevert(data)).toEqual({ name: 'Panic', args: ['17'], data })
  })

  it.each<[string, Hex]>([
    ['no data', '0x'],
    ['less data than a selector', '0x9e87'],
    ['a selector that is in no ABI', '0xdeadbeef'],
    ['incomplete arguments', `0x${OWNED_BY}${'00'.repeat(31)}`],
    ['missing arguments', `0x${OWNED_BY}`],
    ['a known selector behind an unknown one', `0xdeadbeef${'00'.repeat(28)}${PAUSED}`],
  ])('names the error Unknown for %s', (_, data) => {
    expect(decodeRevert(data)).toEqual({ name: 'Unknown', args: [], data })
  })

  it('accepts hex digits of any case and shows addresses in lower case', () => {
    const data: Hex = `0x${OWNED_BY.toUpperCase()}${'00'.repeat(12)}${'Ab'.repeat(20)}`
    expect(decodeRevert(data)).toMatchObject({ name: 'OwnedBy', args: [`0x${'ab'.repeat(20)}`] })
  })

  it('never throws and keeps the data', () => {
    const anyData = fc
      .tuple(fc.constantFrom(PAUSED, OWNED_BY), fc.integer({ min: 0, max: 120 }).chain(bytesHex))
      .map(([selector, rest]): Hex => `0x${selector}${rest.slice(2)}`)
    fc.assert(
      fc.property(fc.oneof(anyData, fc.integer({ min: 0, max: 120 }).chain(bytesHex)), (data) => {
        expect(decodeRevert(data).data).toBe(data)
      }),
    )
  })
})
