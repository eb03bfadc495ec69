/** The systemd unit: it starts the command of the package, with settings that exist and secrets from files. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSetting, pathIn, textOf } from './settings.ts'

const UNIT = 'systemd/opsbatcher.service'
const WITHOUT_SYSTEMD =
  spawnSync('systemd-analyze', ['--version']).status === 0
    ? null
    : '(skipped: systemd-analyze is not installed)'

const entries = textOf(UNIT)
  .split('\n')
  .filter((line) => /^\w+=/.test(line))
  .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])

const valuesOf = (name: string) => entries.flatMap(([key, value]) => (key === name ? [value] : []))

describe('the systemd unit', () => {
  it('starts the command of the package, under a user that exists only meanwhile', () => {
    const { bin } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(valuesOf('ExecStart')).toEqual([
      `/usr/bin/node /opt/opsbatcher/node_modules/opsbatcher/${bin.opsbatcher} serve`,
    ])
    expect(valuesOf('DynamicUser')).toEqual(['yes'])
    expect(valuesOf('ProtectSystem')).toEqual(['strict'])
  })

  it('names only existing settings', () => {
    const names = valuesOf('Environment').map((text) => text.split('=')[0] ?? '')
    expect(names).toEqual(expect.arrayContaining(['DATA_DIR', 'NODE_OPTIONS', 'WALLET_PRIVATE_KEY_FILE']))
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })

  it('reads each secret from a credential that it loads', () => {
    const loaded = valuesOf('LoadCredential').map((text) => text.split(':')[0])
    const read = valuesOf('Environment').flatMap((text) => /_FILE=%d\/(\S+)$/.exec(text)?.[1] ?? [])
    expect(read.length).toBeGreaterThan(0)
    expect(read).toEqual(loaded)
  })

  it.skipIf(WITHOUT_SYSTEMD !== null)(`passes the check of systemd ${WITHOUT_SYSTEMD ?? ''}`, () => {
    // The check wants the programs to exist where they are started.
    const folder = mkdtempSync(join(tmpdir(), 'unit-'))
    cpSync(pathIn(UNIT), join(folder, 'opsbatcher.service'))
    const { stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', join(folder, 'opsbatcher.service')],
      { encoding: 'utf8' },
    )
    const ownLines = stderr.split('\n').filter((line) => line.includes('opsbatcher.service'))
    expect(ownLines.filter((line) => !line.includes('/usr/bin/node is not executable'))).toEqual([])
  })
})
