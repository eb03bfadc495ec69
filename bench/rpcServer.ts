/** A JSON-RPC server that gives every call the same result of 1 KB. It is a process of its own: its CPU time is not measured. */
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
// It ends with its parent.
process.on('disconnect', () => process.exit())
