import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { namedSettings } from '../../src/config/names.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import { renderConfigurationPage, renderEnvironmentExample } from '../../src/config/render.ts'
import { renderEmbeddedSettings } from '../../src/config/renderOptions.ts'

const CONNECTION = {
  RPC_URL: 'http://127.0.0.1:8545',
  REGISTRY_ADDRESS: `0x${'11'.repeat(20)}`,
  WALLET_PRIVATE_KEY: `0x${'22'.repeat(32)}`,
}

describe('the generated documents', () => {
  it.each([
    ['.env.example', renderEnvironmentExample],
    ['docs/configuration.md', renderConfigurationPage],
    ['src/config/embeddedSettings.ts', renderEmbeddedSettings],
  ])('%s is up to date with `npm run docs`', (path, render) => {
    expect(readFileSync(path, 'utf8')).toBe(render())
  })

  it('name every setting', () => {
    const page = renderConfigurationPage()
    for (const { option, variable } of namedSettings) {
      expect(page).toContain(`\`${option}\``)
      if (variable !== null) expect(renderEnvironmentExample()).toContain(`\n# ${variable}=`)
    }
  })
})

it('.env.example with every line uncommented is the default configuration', () => {
  const taken = renderEnvironmentExample().replaceAll(/^# ([A-Z_]+=)/gm, '$1')
  const environment = { ...parseEnv(taken), ...CONNECTION }
  expect(readConnectedSettings({ environment, flags: {} })).toEqual(
    readConnectedSettings({ environment: CONNECTION, flags: {} }),
  )
})
