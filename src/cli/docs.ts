/** `npm run docs`: generates two documents and a type from the table of settings. */
import { writeFileSync } from 'node:fs'
import { renderConfigurationPage, renderEnvironmentExample } from '../config/render.ts'
import { renderEmbeddedSettings } from '../config/renderOptions.ts'

const root = new URL('../../', import.meta.url)
writeFileSync(new URL('.env.example', root), renderEnvironmentExample())
writeFileSync(new URL('docs/configuration.md', root), renderConfigurationPage())
writeFileSync(new URL('src/config/embeddedSettings.ts', root), renderEmbeddedSettings())
