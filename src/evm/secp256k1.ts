/**
 * ECDSA on secp256k1, in native code; without a native build for the platform, in WebAssembly. The package `secp256k1` would
 * fall back to JavaScript in silence, which recovers signers 20 times slower. Therefore only its native part is loaded.
 */
import { createRequire } from 'node:module'
import type * as native from 'secp256k1'
import type * as wasm from 'tiny-secp256k1'

/** A signature with the number that tells which of the possible keys has signed. */
export interface RecoverableSignature {
  /** 64 bytes r, s. The s is low (EIP-2). */
  readonly signature: Uint8Array
  readonly recoveryId: number
}

export interface Secp256k1 {
  readonly implementation: 'native' | 'WebAssembly'
  isPrivateKey(bytes: Uint8Array): boolean
  /** @returns 65 bytes, not compressed */
  publicKey(privateKey: Uint8Array): Uint8Array
  /** Deterministic (RFC 6979). */
  sign(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature
  /**
   * A high s is accepted.
   * @param signature 64 bytes r, s
   * @param recoveryId 0 or 1, as on chain
   * @returns 65 bytes, not compressed
   * @throws Error if no key can have made the signature
   */
  recover(digest: Uint8Array, signature: Uint8Array, recoveryId: number): Uint8Array
}

const require = createRequire(import.meta.url)

const NATIVE = 'secp256k1/bindings.js'
const WASM = 'tiny-secp256k1'

/** @param load loads a package, and throws if the platform lacks it */
export function loadSecp256k1(load: (name: string) => unknown = require): Secp256k1 {
  try {
    return nativeSecp256k1(load(NATIVE) as typeof native)
  } catch {
    return wasmSecp256k1(load(WASM) as typeof wasm)
  }
}

export const secp256k1 = loadSecp256k1()

function nativeSecp256k1({
  privateKeyVerify,
  publicKeyCreate,
  ecdsaSign,
  ecdsaRecover,
}: typeof native): Secp256k1 {
  return {
    implementation: 'native',
    isPrivateKey: (bytes) => bytes.length === 32 && privateKeyVerify(bytes),
    publicKey: (privateKey) => publicKeyCreate(privateKey, false),
    sign(digest, privateKey) {
      const { signature, recid } = ecdsaSign(digest, privateKey)
      return { signature, recoveryId: recid }
    },
    recover: (digest, signature, recoveryId) => ecdsaRecover(signature, checkedId(recoveryId), digest, false),
  }
}

function wasmSecp256k1({ isPrivate, pointFromScalar, signRecoverable, recover }: typeof wasm): Secp256k1 {
  return {
    implementation: 'WebAssembly',
    isPrivateKey: (bytes) => isPrivate(bytes),
    publicKey: (privateKey) => known(pointFromScalar(privateKey, false), 'invalid private key'),
    sign: (digest, privateKey) => signRecoverable(digest, privateKey),
    recover(digest, signature, recoveryId) {
      return known(recover(digest, signature, checkedId(recoveryId), false), 'no key has made the signature')
    },
  }
}

function checkedId(id: number): 0 | 1 {
  if (id === 0 || id === 1) return id
  throw new Error('the recovery id is neither 0 nor 1')
}

function known<T>(value: T | null, message: string): T {
  if (value === null) throw new Error(message)
  return value
}
