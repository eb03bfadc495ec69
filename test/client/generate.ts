/** Part of `npm run docs`: writes the types of the client. */
import { writeFileSync } from 'node:fs'
import { renderApiTypes } from './render.ts'

writeFileSync(new URL('../../src/client/api.ts', import.meta.url), await renderApiTypes())
