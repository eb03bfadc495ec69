/**
 * Compiles the contracts of this folder with solc-js into artifacts: TypeScript modules that are committed, so that
 * nobody needs a compiler (some seconds and 30 MB of it) to run or test the gateway.
 */
import { readdirSync, readFileSync } from 'node:fs'
import solc from 'solc'
import { type Hex, keccak256, toHex } from 'viem'

/** The contracts that are deployed or placed on a chain; the other files are parts of theirs. */
export const CONTRACTS = ['ERC1967Proxy', 'Multicall3', 'Simulator', 'WorldIDRegistry'] as const

export type ContractName = (typeof CONTRACTS)[number]

/** `metadata` and its hash are left out, so that the same sources give the same bytes everywhere. */
const SETTINGS = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 10_000 },
  viaIR: true,
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
}

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts?: Record<string, Record<string, CompiledContract>>
}

interface CompiledContract {
  readonly abi: readonly unknown[]
  readonly evm: { readonly bytecode: { readonly object: string }; readonly deployedBytecode: { readonly object: string } }
}

/** The compiler's whole input: every source of this folder, and the settings. */
function standardInput(): string {
  const folder = new URL('./', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.sol'))
  const sources = files.sort().map((name) => [name, { content: readFileSync(new URL(name, folder), 'utf8') }])
  return JSON.stringify({ language: 'Solidity', sources: Object.fromEntries(sources), settings: SETTINGS })
}

/** keccak256 of the sources, the settings and the compiler's version: whatever could change an artifact. */
export function sourceHash(): Hex {
  return keccak256(toHex(`${solc.version()}\n${standardInput()}`))
}

/**
 * Compiles everything and returns each artifact's file as text.
 * @throws {Error} with the compiler's messages, warnings included, if it has any.
 */
export function compileArtifacts(): Record<ContractName, string> {
  const output: CompilerOutput = JSON.parse(solc.compile(standardInput()))
  if (output.errors !== undefined && output.errors.length > 0) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'))
  }
  const hash = sourceHash()
  const render = (name: ContractName): string => {
    const compiled = output.contracts?.[`${name}.sol`]?.[name]
    if (compiled === undefined) throw new Error(`The compiler returned no contract ${name}.`)
    return renderArtifact(name, compiled, hash)
  }
  return {
    ERC1967Proxy: render('ERC1967Proxy'),
    Multicall3: render('Multicall3'),
    Simulator: render('Simulator'),
    WorldIDRegistry: render('WorldIDRegistry'),
  }
}

function renderArtifact(name: ContractName, { abi, evm }: CompiledContract, hash: Hex): string {
  const withoutInternalTypes = (key: string, value: unknown) => (key === 'internalType' ? undefined : value)
  return [
    `/** contracts/${name}.sol, compiled. Written by \`npm run contracts\`; not to be edited. */`,
    `export const ${name} = {`,
    `  sourceHash: '${hash}',`,
    `  abi: ${JSON.stringify(abi, withoutInternalTypes, 2).replaceAll('\n', '\n  ')},`,
    `  bytecode: '0x${evm.bytecode.object}',`,
    `  deployedBytecode: '0x${evm.deployedBytecode.object}',`,
    '} as const',
    '',
  ].join('\n')
}
