/** The commands that hints name: npm scripts in a checkout, `npx` from the package. */
const isCheckout = import.meta.url.endsWith('.ts')

/** Starts the program; arguments follow. */
export const COMMAND = isCheckout ? 'npm run -s opsbatcher --' : 'npx opsbatcher'
