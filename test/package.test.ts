import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }

const { '.': main, './client': client } = packageJson.exports

it.each([...Object.values(main), ...Object.values(client), ...Object.values(packageJson.bin)])(
  'package.json names %s, which the build makes from a source file',
  (path) => {
    const source = path.replace(/^(\.\/)?dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts')
    expect(existsSync(new URL(`../${source}`, import.meta.url))).toBe(true)
  },
)
