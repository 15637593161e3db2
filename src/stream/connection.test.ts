import { describe, expect, it } from 'vitest'
import { openTestClient, parseEvents } from '../../test/support/fake-response'

const now = Date.now
const later = (ms: number) => now() + ms

describe('a connection', () => {
  it('tells the client how long to wait before it comes back, before anything else', () => {
    const { connection, response } = openTestClient()
    connection.write('data: x\n\n')
    expect(response.text).toBe('retry: 3000\n\ndata: x\n\n')
    expect(response.headers).toMatchObject({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    })
  })

  it('gives a sign of life after a silence, and only then', () => {
    const { connection, response } = openTestClient({ heartbeatMs: 5_000 })
    connection.tick(later(4_000))
    expect(response.text).toBe('retry: 3000\n\n')
    connection.tick(later(5_001))
    expect(response.text).toBe('retry: 3000\n\n: heartbeat\n\n')
  })

  it('is never given a sign of life that it cannot take', () => {
    const { connection, response } = openTestClient({ heartbeatMs: 5_000, stallMs: 60_000 })
    response.isFull = true
    connection.write('x')
    const { writes } = response
    for (let s = 5; s < 60; s += 5) connection.tick(later(s * 1_000))
    expect(response.writes).toBe(writes)
  })

  it('is given up when its socket stays full for too long', () => {
    const { connection, response } = openTestClient({ stallMs: 60_000 })
    response.isFull = true
    connection.write('x')
    expect(connection.tick(later(59_000))).toBe(null)
    expect(connection.tick(later(60_001))).toBe('stalled')
    expect(response.destroyed).toBe(true)
    expect(connection.isOpen).toBe(false)
  })

  it('starts its patience anew whenever the socket has been empty', () => {
    const { connection, response } = openTestClient({ stallMs: 60_000 })
    response.isFull = true
    connection.write('x')
    response.drain()
    expect(connection.isBlocked).toBe(false)
    expect(connection.tick(later(61_000))).toBe(null)
  })

  it('ends with a close notice when its time is over', () => {
    const { connection, response, events } = openTestClient({ rotateMs: 1_000 })
    expect(connection.tick(later(1_001))).toBe('rotated')
    expect(events()).toEqual([
      { event: 'close', id: undefined, data: '{"reason":"rotate","retry_ms":500}' },
    ])
    connection.write('too late')
    expect(response.text).not.toContain('too late')
  })

  it('is cut when the client does not take the close notice', () => {
    const { connection, response } = openTestClient()
    connection.close('shutdown')
    connection.tick(later(4_000))
    expect(response.destroyed).toBe(false)
    connection.tick(later(5_001))
    expect(response.destroyed).toBe(true)
  })

  it('calls back once when the client is gone, at once if it is already', () => {
    const { connection, response } = openTestClient()
    let gone = 0
    connection.onGone(() => gone++)
    response.emit('error', new Error('ECONNRESET'))
    response.emit('close')
    connection.onGone(() => gone++)
    expect(gone).toBe(2)
  })

  it('never calls back for room in the socket of a client that is gone', () => {
    const { connection, response } = openTestClient()
    response.isFull = true
    connection.write('x')
    connection.onDrain(() => {
      throw new Error('the client is gone')
    })
    response.destroy()
    response.drain()
    expect(parseEvents(response.text)).toEqual([])
  })
})
