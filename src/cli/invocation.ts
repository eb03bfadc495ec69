/** The commands that hints name: npm scripts in a checkout, `npx` from the package. */
const isCheckout = import.meta.url.endsWith('.ts')

/** Starts the program; arguments follow. */
export const COMMAND = isCheckout ? 'npm run -s opsbatcher --' : 'npx opsbatcher'

/** What to do if no gateway answers. */
export const START_HINT = `start a gateway with ${COMMAND} dev, or give another URL with --url`
