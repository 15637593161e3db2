import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { parseEvents, TestResponse } from '../../test/support/fake-response'
import { until } from '../../test/support/wait'
import { type ConnectionEvent, type ConnectionLimits, Connections } from './connections'

const LIMITS: ConnectionLimits = {
  heartbeatMs: 30_000,
  stallMs: 60_000,
  rotateMs: 600_000,
  maxPerFamily: 2,
}

const started: Connections[] = []
afterEach(async () => {
  for (const connections of started.splice(0)) await connections.closeAll('shutdown', 0)
})

function start(limits: Partial<ConnectionLimits> = {}) {
  const told: ConnectionEvent[] = []
  const connections = new Connections({ ...LIMITS, ...limits }, (event) => told.push(event))
  started.push(connections)
  const open = (client: string, family: 'events' | 'pages' = 'events', visitor = 'local') => {
    const response = new TestResponse()
    const options = { family, client, visitor }
    return {
      response,
      connection: connections.tryOpen(response as unknown as ServerResponse, options),
    }
  }
  return { connections, told, open }
}

describe('all open streams', () => {
  it('are counted when they open and when their client goes, once', () => {
    const { connections, told, open } = start()
    const [one, other] = [open('one'), open('other')]
    expect(connections.count('events')).toBe(2)
    one.response.destroy()
    one.response.emit('error', new Error('ECONNRESET'))
    one.connection?.destroy()
    expect(connections.count('events')).toBe(1)
    other.response.destroy()
    expect(told.map(({ kind, client, active }) => [kind, client, active])).toEqual([
      ['opened', 'one', 1],
      ['opened', 'other', 2],
      ['closed', 'one', 1],
      ['closed', 'other', 0],
    ])
    const ids = told.map((event) => (event.kind === 'refused' ? null : event.connection))
    expect([ids[2], ids[3]]).toEqual([ids[0], ids[1]])
  })

  it('are refused without a byte where all places of their family are taken', () => {
    const { open } = start()
    open('one')
    open('two')
    const refused = open('three')
    expect(refused.connection).toBe(null)
    expect([refused.response.text, refused.response.headers]).toEqual(['', {}])
    expect(open('three', 'pages').connection).not.toBe(null)
  })

  it('make room for a visitor below its share: the newest of the one who holds most ends, busy', () => {
    const { connections, told, open } = start({ maxPerFamily: 4 })
    const ada = Array.from({ length: 4 }, (_, n) => open(`ada ${n}`, 'events', 'ada'))
    expect(open('ada 4', 'events', 'ada').connection).toBe(null)
    expect(open('bob 0', 'events', 'bob').connection?.isOpen).toBe(true)
    expect(open('bob 1', 'events', 'bob').connection?.isOpen).toBe(true)
    expect(open('bob 2', 'events', 'bob').connection).toBe(null)
    expect(ada.map(({ connection }) => connection?.isOpen)).toEqual([true, true, false, false])
    for (const { response } of ada.slice(2)) {
      const [{ event, data = '', id } = {}] = parseEvents(response.text)
      expect([event, id]).toEqual(['close', undefined])
      const { reason, retry_ms } = JSON.parse(data)
      expect(reason).toBe('busy')
      expect(retry_ms).toBeGreaterThanOrEqual(5_000)
      expect(retry_ms).toBeLessThanOrEqual(30_000)
      expect(Number.isInteger(retry_ms)).toBe(true)
    }
    // Their sockets are still there; their places are not theirs any more.
    expect([connections.count('events'), connections.evicted('events')]).toEqual([4, 2])
    for (const { response } of ada) response.destroy()
    expect([connections.count('events'), connections.evicted('pages')]).toEqual([2, 0])
    expect(
      told.flatMap((event) => (event.kind === 'closed' ? [[event.client, event.reason]] : [])),
    ).toEqual([
      ['ada 0', 'client'],
      ['ada 1', 'client'],
      ['ada 2', 'busy'],
      ['ada 3', 'busy'],
    ])
  })

  it('keep a bounded number of those who made room and do not read that they did', () => {
    const { connections, open } = start({ maxPerFamily: 2 })
    const deaf = []
    for (let round = 0; round < 20; round++) {
      const pair = [open('ada 0', 'events', 'ada'), open('ada 1', 'events', 'ada')]
      const other = open('bob', 'events', 'bob')
      expect(other.connection?.isOpen).toBe(true)
      deaf.push(pair[1]?.response)
      pair[0]?.response.destroy()
      other.response.destroy()
      expect(connections.count('events')).toBe(0)
    }
    expect(deaf.filter((response) => !response?.destroyed)).toHaveLength(2)
  })

  it('say in the log who was removed because he took nothing', async () => {
    const { connections, told, open } = start({ heartbeatMs: 20, stallMs: 40 })
    const { response, connection } = open('the deaf one')
    response.isFull = true
    connection?.write('x')
    await until('it is removed', () => connections.count('events') === 0)
    expect(told.slice(1)).toMatchObject([
      { kind: 'closed', client: 'the deaf one', reason: 'stalled' },
    ])
    expect(response.destroyed).toBe(true)
  })

  it('end and begin anew at different times, though they were opened at once', () => {
    const { open } = start({ rotateMs: 1_000, maxPerFamily: 200 })
    const all = Array.from({ length: 200 }, (_, n) => open(String(n)).connection)
    const endedBy = (ms: number) =>
      all.filter((one) => one?.tick(one.openedAt + ms) === 'rotated').length
    expect(endedBy(790)).toBe(0)
    expect(endedBy(1_000)).toBeGreaterThan(0)
    expect(endedBy(1_210)).toBeGreaterThan(0)
    expect(all.every((connection) => connection?.isOpen === false)).toBe(true)
  })

  it('are told of the end and cut when they do not take it; nobody comes in any more', async () => {
    const { connections, open } = start()
    const [ready, deaf] = [open('ready'), open('deaf')]
    ready.response.end = function end(bytes: string) {
      this.text += bytes
      return this.destroy()
    }
    await connections.closeAll('shutdown', 30)
    for (const { response } of [ready, deaf]) {
      expect(parseEvents(response.text).map(({ event }) => event)).toEqual(['close'])
      expect(response.destroyed).toBe(true)
    }
    expect(connections.count('events')).toBe(0)
    expect(open('late').connection).toBe(null)
  })
})
