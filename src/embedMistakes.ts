/** Checks the options of an embedded gateway that are objects. The compiler checks them only in a program with types. */

/** The methods that each object must have. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  signer: ['signTransaction'],
  store: ['bind', 'commit', 'status', 'operation', 'recover', 'close'],
  logger: ['debug', 'info', 'warn', 'error'],
}

/** @returns what is wrong with each option that is an object; null for an option without a mistake */
export function objectMistakes(options: object): Readonly<Record<string, string | null>> {
  const given = options as Readonly<Record<string, unknown>>
  const { registry, ordering, inspect } = given
  const methods = Object.entries(METHODS).map(([name, wanted]) => [name, missing(given[name], wanted)])
  return {
    ...Object.fromEntries(methods),
    registry: registry === undefined || isRegistry(registry) ? null : 'must be a value of defineRegistry',
    inspect: inspect === undefined || typeof inspect === 'function' ? null : 'must be a function',
    ...(typeof ordering === 'object' && { ordering: missing(ordering, ['compare', 'filter']) }),
  }
}

function missing(value: unknown, wanted: readonly string[]): string | null {
  if (value === undefined) return null
  const absent = wanted.filter((method) => typeof membersOf(value)[method] !== 'function')
  return absent.length === 0 ? null : `must be an object with the methods ${wanted.join(', ')}`
}

function isRegistry(value: unknown): boolean {
  const { kinds, versions } = membersOf(value)
  return Array.isArray(kinds) || Array.isArray(versions)
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
