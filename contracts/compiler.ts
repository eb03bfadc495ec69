/**
 * Compiles the contracts of this folder with solc-js into artifacts: TypeScript modules that are committed,
 * so that nobody needs a compiler (some seconds and 30 MB of it) to run or test the gateway.
 */
import { readFileSync } from 'node:fs'
import solc from 'solc'
import { type Hex, keccak256, stringToHex } from 'viem'

/** The contracts that are deployed or placed on a chain; the other files are parts of theirs. */
export const CONTRACTS = ['ERC1967Proxy', 'Multicall3', 'Simulator', 'WorldIDRegistry'] as const

export type ContractName = (typeof CONTRACTS)[number]

/** `metadata` and its hash are left out, so that the same sources give the same bytes everywhere. */
const SETTINGS = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 10_000 },
  viaIR: true,
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
}

const OUTPUT = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object']

/** What the compiler answers to `OUTPUT`, in the part that is read here. */
interface CompilerOutput {
  readonly errors?: readonly { readonly formattedMessage: string }[]
  readonly contracts?: Record<string, Record<string, CompiledContract>>
}

interface CompiledContract {
  readonly abi: readonly unknown[]
  readonly evm: Record<'bytecode' | 'deployedBytecode', { readonly object: string }>
}

/**
 * keccak256 of a contract's sources, the settings and the compiler's version: whatever could change its
 * artifact.
 */
export function sourceHash(name: ContractName): Hex {
  return keccak256(stringToHex(JSON.stringify([solc.version(), SETTINGS, sourcesOf(`${name}.sol`)])))
}

/**
 * Compiles a contract and returns its artifact's text. The registry takes about ten seconds, the others less
 * than one.
 * @throws {Error} with the compiler's messages, warnings included, if it has any.
 */
export function compileArtifact(name: ContractName): string {
  const file = `${name}.sol`
  const settings = { ...SETTINGS, outputSelection: { [file]: { [name]: OUTPUT } } }
  const input = JSON.stringify({ language: 'Solidity', sources: sourcesOf(file), settings })
  const { errors = [], contracts }: CompilerOutput = JSON.parse(solc.compile(input))
  const compiled = contracts?.[file]?.[name]
  if (errors.length > 0 || compiled === undefined) {
    throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  }
  return render(name, compiled)
}

/** A file of this folder and all that it imports, by name, as the compiler's input wants them. */
function sourcesOf(file: string): Record<string, { readonly content: string }> {
  const content = readFileSync(new URL(file, import.meta.url), 'utf8')
  const imports = [...content.matchAll(/(?<= from "\.\/)\w+\.sol(?=";)/g)]
  return Object.assign({ [file]: { content } }, ...imports.map(([imported]) => sourcesOf(imported)))
}

function render(name: ContractName, { abi, evm }: CompiledContract): string {
  const withoutInternalTypes = (key: string, value: unknown) => (key === 'internalType' ? undefined : value)
  return [
    `/** contracts/${name}.sol, compiled. Written by \`npm run contracts\`; not to be edited. */`,
    `export const ${name} = {`,
    `  /** Of the sources and the compiler's settings. */`,
    `  sourceHash: '${sourceHash(name)}',`,
    `  abi: ${JSON.stringify(abi, withoutInternalTypes, 2).replaceAll('\n', '\n  ')},`,
    `  bytecode: '0x${evm.bytecode.object}',`,
    `  deployedBytecode: '0x${evm.deployedBytecode.object}',`,
    '} as const',
    '',
  ].join('\n')
}
