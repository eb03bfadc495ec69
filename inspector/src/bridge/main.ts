/** The bridge as a program: `main --gateway <url> --port <number> [--origin <origin>]…`, the token in OPERATOR_TOKEN. */
import { parseArgs } from 'node:util'
import { startBridge } from './bridge.ts'

const { values } = parseArgs({
  options: {
    gateway: { type: 'string', default: 'http://127.0.0.1:8081' },
    port: { type: 'string', default: '8888' },
    origin: { type: 'string', multiple: true, default: [] },
  },
})

const { OPERATOR_TOKEN } = process.env
const bridge = await startBridge({
  gateway: values.gateway,
  token: OPERATOR_TOKEN || null,
  port: Number(values.port),
  origins: values.origin,
  onLost: (reason) =>
    console.error(`No connection to the gateway at ${values.gateway}: ${reason}. Reconnecting.`),
})
console.error(`Connect tools for @xstate/inspect to ws://127.0.0.1:${bridge.port}`)

const leave = () => {
  void bridge.close().then(() => process.exit(0))
}
process.once('SIGINT', leave)
process.once('SIGTERM', leave)
// The parent process has ended.
process.once('disconnect', leave)
