/** Reads the built files of the live view and of the page of the API. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  readonly contentType: string
  readonly body: Buffer<ArrayBuffer>
}

const INDEX = 'index.html'
const ASSET_NAME = /^\w[\w.-]*$/

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Folders of the pages in the folder of the built files. */
const FOLDERS = { inspector: '', docs: 'docs/' } as const

/**
 * @param asset name of a file, or null for the page
 * @returns null if the file does not exist
 */
export async function readPageFile(
  page: keyof typeof FOLDERS,
  asset: string | null,
): Promise<PageFile | null> {
  const folder = pageFolder(FOLDERS[page])
  const contentType = CONTENT_TYPES[extname(asset ?? INDEX)]
  if (folder === null || contentType === undefined) return null
  if (asset !== null && !ASSET_NAME.test(asset)) return null
  const file = asset === null ? join(folder, INDEX) : join(folder, 'assets', asset)
  return existsSync(file) ? { contentType, body: Buffer.from(await readFile(file)) } : null
}

/** Searches two levels, because the built gateway lies one folder deeper than the sources. Null before the page is built. */
function pageFolder(name: string): string | null {
  for (const up of ['../../', '../../../']) {
    const folder = fileURLToPath(new URL(`${up}inspector/dist/${name}`, import.meta.url))
    if (existsSync(join(folder, INDEX))) return folder
  }
  return null
}
