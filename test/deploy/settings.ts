/** The environment variables that deployment files may name. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { variableNames } from '../../src/config/names.ts'

/** Variables that Node itself reads. */
const OF_NODE = ['NODE_ENV', 'NODE_OPTIONS']

/** True if the gateway or Node reads this variable. */
export function isSetting(variable: string): boolean {
  return variableNames.includes(variable) || OF_NODE.includes(variable)
}

/** Path of a file in `deploy/`. */
export function pathIn(file: string): string {
  return fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url))
}

/** Text of a file in `deploy/`. */
export function textOf(file: string): string {
  return readFileSync(pathIn(file), 'utf8')
}

/** Content of a YAML file in `deploy/`. A duplicate key is an error. */
export function yamlOf(file: string) {
  return parse(textOf(file), { merge: false })
}
