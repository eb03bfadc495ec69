// The health check of the image. The image has no curl.
// The port is that of LISTEN_ADDR. GET /livez answers 200 while the process works, also while it stands by or waits for the chain.
const port = /:(\d+)$/.exec(process.env.LISTEN_ADDR ?? '')?.[1] ?? '8081'
const answer = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(4_000) }).catch(
  (error) => ({ ok: false, status: error.cause?.code ?? error.name }),
)
if (!answer.ok) {
  process.stderr.write(`GET /livez: ${answer.status}\n`)
  process.exitCode = 1
}
