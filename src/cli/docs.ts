/** `npm run docs`: generates `.env.example` and `docs/configuration.md` from the table of settings. */
import { writeFileSync } from 'node:fs'
import { renderConfigurationPage, renderEnvironmentExample } from '../config/render.ts'

const root = new URL('../../', import.meta.url)
writeFileSync(new URL('.env.example', root), renderEnvironmentExample())
writeFileSync(new URL('docs/configuration.md', root), renderConfigurationPage())
