/** The Dockerfile: what it copies exists, its user is no root, and its variables and commands exist. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { IMAGE_USER, lastOf, readDockerfile, stepsOf, variablesOf } from './dockerfile.ts'
import { isSetting, textOf } from './settings.ts'

const stages = readDockerfile()
const contextFiles = textOf('docker/Dockerfile.dockerignore')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))

describe('the Dockerfile', () => {
  it('makes the image without a local chain unless another target is named', () => {
    expect(stages.at(-1)?.name).toBe('serve')
  })

  it('copies only what exists and what the build may read', () => {
    const copied = stages
      .flatMap(({ steps }) => steps)
      .filter(({ word, text }) => word === 'COPY' && !text.startsWith('--from='))
      .flatMap(({ text }) => text.split(' ').slice(0, -1))
    expect(copied.length).toBeGreaterThan(5)
    for (const path of copied) {
      expect(existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))), path).toBe(true)
      expect(
        contextFiles.some((allowed) => path.replace(/\/$/, '') === allowed || path.startsWith(`${allowed}/`)),
        path,
      ).toBe(true)
    }
  })

  it.each([
    ['serve', 'serve'],
    ['dev', 'dev'],
  ])('runs Node as process 1 in the target %s, not as root', (target, command) => {
    const steps = stepsOf(stages, target)
    expect(lastOf(steps, 'USER')).toBe(IMAGE_USER)
    expect(JSON.parse(lastOf(steps, 'ENTRYPOINT'))).toEqual(['node', '/app/dist/src/cli.js'])
    expect(JSON.parse(lastOf(steps, 'CMD'))).toEqual([command])
    expect(lastOf(steps, 'HEALTHCHECK')).toContain('/app/healthCheck.mjs')
    const names = Object.keys(variablesOf(steps))
    expect(names).toEqual(expect.arrayContaining(['DATA_DIR', 'LISTEN_ADDR', 'NODE_OPTIONS']))
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })
})
