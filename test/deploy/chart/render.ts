/** Renders the Helm chart: with `helm` if it is installed, else with the template engine and the functions of Helm. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { pathIn } from '../settings.ts'

const CHART = pathIn('helm/opsbatcher')
const PROGRAM = fileURLToPath(new URL('render.go', import.meta.url))
/** Where Debian installs the sources of Go packages. */
const GOPATH = '/usr/share/gocode'

const runs = (command: string, argument: string) => spawnSync(command, [argument]).status === 0
const hasHelm = runs('helm', 'version')
const hasSprig = existsSync(`${GOPATH}/src/github.com/Masterminds/sprig`) && runs('go', 'version')

/** Why the chart cannot be rendered; null if it can. */
export const WITHOUT_RENDERER =
  hasHelm || hasSprig
    ? null
    : '(skipped: neither helm nor the Debian packages golang-go and golang-github-masterminds-sprig-dev are installed)'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
}

let renderer: string | undefined

/** The program without Helm. It is compiled once. */
function compiled(): string {
  if (renderer !== undefined) return renderer
  renderer = join(mkdtempSync(join(tmpdir(), 'chart-')), 'render')
  const env = { ...process.env, GO111MODULE: 'off', GOPATH }
  const { status, stderr } = spawnSync('go', ['build', '-o', renderer, PROGRAM], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(stderr)
  return renderer
}

/** @returns the manifests, or what the renderer says if it refuses the values */
export function render(values: object): readonly Manifest[] | string {
  const text = JSON.stringify(values)
  const { status, stdout, stderr } = hasHelm
    ? spawnSync('helm', ['template', 'test', CHART, '--values', '-'], { encoding: 'utf8', input: text })
    : spawnSync(compiled(), [CHART, 'test', text], { encoding: 'utf8' })
  if (status !== 0) return stderr
  return parseAllDocuments(stdout).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    const manifest = document.toJS()
    return manifest === null ? [] : [manifest]
  })
}
