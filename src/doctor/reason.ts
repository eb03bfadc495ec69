import { BaseError } from 'viem'

/** An error in one line. The node's own words come first: viem adds explanations for programmers. */
export function reasonOf(error: unknown): string {
  const text = error instanceof BaseError ? error.details || error.shortMessage : String(messageOf(error))
  return text.replaceAll(/\s+/g, ' ').trim()
}

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error
}
