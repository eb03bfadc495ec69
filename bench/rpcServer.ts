/**
 * A JSON-RPC server with a fixed result of 1 KB for every call. A separate process: the server is not part of the
 * measurement.
 */
import { createServer } from 'node:http'

const RESULT = `0x${'ab'.repeat(1_024)}`

const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const { id } = JSON.parse(body)
  const answer = JSON.stringify({ jsonrpc: '2.0', id, result: RESULT })
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length }).end(answer)
})

server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
// The server ends with its parent.
process.on('disconnect', () => process.exit())
