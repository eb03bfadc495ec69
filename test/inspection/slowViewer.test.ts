/** A viewer without reads, over a real connection: memory is bounded, and the viewer receives the event `dropped`. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { EventStream } from '../../src/inspection/stream.ts'
import { createInspectorApp } from '../../src/server/inspector/app.ts'
import { listen } from '../../src/server/listen.ts'

const MEGABYTE = JSON.stringify('x'.repeat(1_048_576))
/** More than the buffers of a connection can hold. */
const MAX_MEGABYTES = 200

it('drops a viewer that is slower than the ring, and the viewer reads the event', async () => {
  const stream = new EventStream(() => 0, { bytes: 4 * MEGABYTE.length, closing: 60_000 })
  const app = createInspectorApp({
    source: {
      open: (lastEventId) => stream.open(lastEventId, () => '{}'),
      charts: { list: {}, svg: async () => null },
    },
    access: { token: null, anyHost: false },
    logger: { error: () => {} },
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0, keepAliveMs: 75_000 })
  const socket = connect(server.port, '127.0.0.1')
  try {
    socket.write('GET /inspector/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'readable')
    const start = process.memoryUsage().arrayBuffers
    for (let pushed = 0; pushed < MAX_MEGABYTES; pushed += 1) {
      stream.push(MEGABYTE)
      await turn()
    }
    expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(64 * MEGABYTE.length)
    expect(stream.viewers).toBe(1)

    let tail = ''
    for await (const chunk of socket.setEncoding('utf8')) {
      tail = (tail + chunk).slice(-1_000)
      if (tail.includes('"reason":"slow"')) break
    }
    expect(tail).toContain('event: dropped')
    expect(stream.viewers).toBe(0)
  } finally {
    socket.destroy()
    await server.close()
  }
})
