/** A browser from npm packages. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as driver } from 'playwright-core'

/** Time limit of each wait. Far longer than any wait on a slow machine under load. */
export const WAIT_LIMIT_MS = 240_000

/** Without a GPU, a page without 3D is drawn several times faster. As in a usual browser, each tab has its own process. */
const ARGUMENTS = [
  ...chromium.args.filter((argument) => !/gl=|angle|swiftshader|gpu|single-process|zygote/.test(argument)),
  '--disable-gpu',
]

export async function openBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath()
  return driver.launch({ args: ARGUMENTS, executablePath, headless: true, timeout: WAIT_LIMIT_MS })
}
