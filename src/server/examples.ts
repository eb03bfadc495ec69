/** Adds examples to the OpenAPI document. An example is built from the schema, so that it cannot contradict the schema. */

/** A JSON schema of the document, as far as the examples need it. */
interface Schema {
  readonly $ref?: string
  readonly example?: unknown
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string | readonly string[]
  readonly minimum?: number
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

/** The named schemas of the document. */
export type Schemas = Readonly<Record<string, object>>

const REFERENCE = '#/components/schemas/'

/**
 * Builds a value that fits a schema: the example of the schema if it has one, else from its parts. Of alternatives the first is
 * taken.
 */
function exampleOf(schema: Schema, schemas: Schemas): unknown {
  if (schema.$ref !== undefined) return exampleOf(schemas[schema.$ref.slice(REFERENCE.length)] ?? {}, schemas)
  const told = [schema.example, schema.default, schema.const, schema.enum?.[0]]
  const value = told.find((each) => each !== undefined)
  if (value !== undefined) return value
  const [alternative] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? []
  if (alternative !== undefined) return exampleOf(alternative, schemas)
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'object':
      return objectOf(schema, schemas)
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, schemas)]
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return schema.minimum ?? 0
    case 'string':
      return schema.format === 'uuid' ? EXAMPLE_UUID : 'text'
    default:
      return null
  }
}

const EXAMPLE_UUID = '3f0f8f1c-6c0e-4f4a-9a53-2b1f0f6c9d11'

function objectOf({ properties = {} }: Schema, schemas: Schemas): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, exampleOf(property, schemas)]),
  )
}

/** A part of the document that may have an example: a parameter, or a body of one media type. */
interface Exemplified {
  readonly schema?: object
  readonly example?: unknown
  readonly examples?: unknown
}

/** Adds an example to every part of an operation that has a schema and no example yet. */
export function withExamples<T>(part: T, schemas: Schemas): T {
  if (typeof part !== 'object' || part === null) return part
  if (Array.isArray(part)) return part.map((each) => withExamples(each, schemas)) as T
  if (isExemplified(part)) {
    return part.example === undefined && part.examples === undefined
      ? { ...part, example: exampleOf(part.schema, schemas) }
      : part
  }
  return Object.fromEntries(
    Object.entries(part).map(([name, each]) => [name, withExamples(each, schemas)]),
  ) as T
}

function isExemplified(part: object): part is Exemplified & { readonly schema: object } {
  return 'schema' in part && typeof part.schema === 'object' && part.schema !== null
}
