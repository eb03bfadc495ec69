/** Runs `promtool` of Prometheus (Debian package `prometheus`), where it is installed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const RULES = fileURLToPath(new URL('../../deploy/prometheus/opsbatcher.rules.yml', import.meta.url))

/** Why the tests with promtool are skipped; null if they run. */
export const WITHOUT_PROMTOOL =
  spawnSync('promtool', ['--version']).status === 0
    ? null
    : 'promtool is not installed (Debian package prometheus)'

/** Values of each series, one per minute; null where the series has no value. */
export type Timelines = ReadonlyMap<string, readonly (number | null)[]>

/** Prometheus marks a series as stale when it is no longer exposed. */
function written(value: number | null, minute: number, values: readonly (number | null)[]): string {
  if (value !== null) return String(value)
  return minute > 0 && values[minute - 1] !== null ? 'stale' : '_'
}

/** @returns what promtool prints; empty if the file of rules is valid */
export function checkRules(file: string): string {
  return promtool('check', file)
}

/** @returns what promtool prints; empty if it can read each expression */
export function checkExpressions(expressions: readonly string[]): string {
  const rules = expressions.map((expr, index) => ({ record: `expression:${index}`, expr }))
  return withFile({ groups: [{ name: 'expressions', rules }] }, checkRules)
}

function promtool(verb: 'check' | 'test', file: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', [verb, 'rules', file], { encoding: 'utf8' })
  return status === 0 ? '' : stdout + stderr
}

function withFile(content: object, use: (file: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  try {
    const file = join(folder, 'rules.yml')
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(content))
    return use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Evaluates the rules over the series.
 * @param firing names of the alerts that fire, by minute
 * @returns what promtool prints; empty if exactly these alerts fire at these minutes
 */
export function testRules(series: Timelines, firing: Readonly<Record<number, readonly string[]>>): string {
  const test = {
    rule_files: [RULES],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [...series].map(([name, values]) => ({
          series: name,
          values: values.map(written).join(' '),
        })),
        promql_expr_test: Object.entries(firing).map(([minute, names]) => ({
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: `${minute}m`,
          exp_samples: names.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        })),
      },
    ],
  }
  return withFile(test, (file) => promtool('test', file))
}
