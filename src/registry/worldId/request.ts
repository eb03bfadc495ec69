/** Request bodies: JSON objects with names in snake case. An operation has equal fields with names in camel case. */
import { z } from 'zod'
import type { OperationKind } from '../../domain/operation.ts'

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S

type CamelKeys<T> = { [K in keyof T as CamelCase<K & string>]: T[K] }

/**
 * Makes the schema of a kind's request body. Unknown fields are ignored.
 * @param name of the schema in the OpenAPI document
 * @param shape the fields, by JSON name
 */
export function requestOf<K extends OperationKind, S extends z.ZodRawShape>(kind: K, name: string, shape: S) {
  const names = Object.keys(shape).map((wireName) => [wireName, camelCase(wireName)] as const)
  return z
    .object(shape)
    .meta({ id: name })
    .transform((body) => ({ kind, ...renamed(body, names) }))
}

function renamed<T extends object>(body: T, names: readonly (readonly [from: string, to: string])[]) {
  const values: Record<string, unknown> = {}
  for (const [from, to] of names) values[to] = Reflect.get(body, from)
  // TypeScript cannot see that the loop renames all fields.
  return values as CamelKeys<T>
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
