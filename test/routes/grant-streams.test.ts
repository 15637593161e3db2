import { afterEach, describe, expect, it, vi } from 'vitest'
import { StreamClient } from '../support/client'
import { createTestDatabase } from '../support/database'
import { BEARER, logIn, TOKEN } from '../support/login'
import { startMusterOn, startTestMuster, type TestMuster } from '../support/muster'
import { logInAs, makePerson } from '../support/people'
import { startTestProxy } from '../support/proxy'
import { makeToken } from '../support/tokens'
import { until } from '../support/wait'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

const END_MS = 5_000
const running: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const muster of running.splice(0).reverse()) await muster.stop()
})

async function start(): Promise<TestMuster> {
  const muster = await startTestMuster({ MUSTER_TOKEN: TOKEN })
  running.push(muster)
  return muster
}

const PATHS = ['/api/events', '/live?topic=board']
const openAll = (muster: TestMuster, headers: Record<string, string>) =>
  Promise.all(PATHS.map((path) => StreamClient.open(`${muster.address}${path}`, headers)))

const hasEnded = ({ isEnded, events }: StreamClient) =>
  isEnded &&
  events.at(-1)?.event === 'close' &&
  JSON.parse(events.at(-1)?.data ?? '{}').reason === 'unauthorized'

async function endsInTime(streams: readonly StreamClient[]): Promise<void> {
  await until('the streams end', () => streams.every(hasEnded), END_MS)
}

describe('streams that were opened with a cookie or a token', () => {
  it('end when it is logged out, and no others do', async () => {
    const muster = await start()
    const cookie = await logIn(muster)
    const mine = await openAll(muster, cookie)
    const others = [
      ...(await openAll(muster, await logIn(muster))),
      ...(await openAll(muster, BEARER)),
    ]
    await muster.fetch('/logout', { method: 'POST', headers: cookie, redirect: 'manual' })
    await endsInTime(mine)
    for (const path of PATHS) {
      expect((await StreamClient.open(`${muster.address}${path}`, cookie)).status).toBe(401)
    }
    expect(others.map(({ isEnded }) => isEnded)).toEqual([false, false, false, false])
    for (const stream of others) stream.close()
  })

  it('end when another process logs it out', async () => {
    const database = await createTestDatabase()
    running.push({ stop: () => database.drop() })
    const one = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    const other = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    running.push(one, other)
    const cookie = await logIn(one)
    const streams = await openAll(one, cookie)
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    await other.fetch('/logout', { method: 'POST', headers: cookie, redirect: 'manual' })
    await endsInTime(streams)
  })

  it('end when it is over, and when a look at the tables finds its row changed or gone', async () => {
    const muster = await start()
    const lasts = async (interval: string) => {
      const cookie = await logIn(muster)
      await muster.sql('UPDATE sessions SET expires_at = clock_timestamp() + $1::interval', [
        interval,
      ])
      return openAll(muster, cookie)
    }
    await endsInTime(await lasts('2 seconds'))
    const { watch } = muster.services.access
    for (const statement of [
      'UPDATE sessions SET expires_at = clock_timestamp()',
      'DELETE FROM sessions',
    ]) {
      const streams = await lasts('1 hour')
      await muster.sql(statement)
      await watch.check()
      await endsInTime(streams)
    }
  })

  it('end in time for a reader that takes nothing', async () => {
    const muster = await start()
    const cookie = await logIn(muster)
    const deaf = await StreamClient.open(`${muster.address}/api/events`, cookie)
    deaf.pause()
    await muster.sql(
      `INSERT INTO events (type, data) SELECT 'flood', jsonb_build_object('text', repeat('x', 100000))
       FROM generate_series(1, 150)`,
    )
    const { connections } = muster.services
    await until('it is stuck', () => connections.buffered('events') > 0)
    await muster.fetch('/logout', { method: 'POST', headers: cookie, redirect: 'manual' })
    await until('it is cut', () => connections.count('events') === 0, END_MS)
    deaf.close()
  })

  it('go on while nobody can look, and end when that was their time anyway', async () => {
    const database = await createTestDatabase()
    const proxy = await startTestProxy(database.url)
    running.push({ stop: () => database.drop() }, { stop: () => proxy.close() })
    const muster = await startMusterOn(proxy.url, { MUSTER_TOKEN: TOKEN })
    running.push(muster)
    const stays = await logIn(muster)
    const leaves = await logIn(muster)
    const direct = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    running.push(direct)
    await direct.sql(
      `UPDATE sessions SET expires_at = clock_timestamp() + interval '4 seconds'
       WHERE created_at = (SELECT max(created_at) FROM sessions)`,
    )
    const staying = await openAll(muster, stays)
    const leaving = await openAll(muster, leaves)
    proxy.cut()
    await until('the sessions end', () => leaving.every(hasEnded), 10_000)
    expect(staying.some(({ isEnded }) => isEnded)).toBe(false)
    proxy.restore()
    for (const stream of staying) stream.close()
  })

  it('end when a token is revoked, in whichever process, or allows something else', async () => {
    const database = await createTestDatabase()
    running.push({ stop: () => database.drop() })
    const one = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    const other = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
    running.push(one, other)
    const [revoked, narrowed, shortened, kept] = [
      await makeToken(other),
      await makeToken(other, { may: ['read', 'report'] }),
      await makeToken(other),
      await makeToken(other),
    ]
    const leaving = [
      ...(await openAll(one, revoked.headers)),
      ...(await openAll(one, narrowed.headers)),
      ...(await openAll(one, shortened.headers)),
    ]
    const staying = [...(await openAll(one, kept.headers)), ...(await openAll(one, BEARER))]
    expect([...leaving, ...staying].map(({ status }) => status)).toEqual(Array(10).fill(200))
    await other.services.access.tokens.revoke(revoked.id, 'test')
    await one.sql(`UPDATE tokens SET project_ids = '{1}' WHERE id = $1`, [narrowed.id])
    await one.sql('UPDATE tokens SET expires_at = clock_timestamp() WHERE id = $1', [shortened.id])
    await one.sql(`INSERT INTO events (type) VALUES ('access.token_changed')`)
    await endsInTime(leaving)
    const again = await openAll(one, revoked.headers)
    expect(again.map(({ status }) => status)).toEqual([401, 401])
    const narrow = await openAll(one, narrowed.headers)
    expect(narrow.map(({ status }) => status)).toEqual([200, 200])
    expect(staying.some(({ isEnded }) => isEnded)).toBe(false)
    for (const stream of [...staying, ...narrow]) stream.close()
  })

  it.each(['cut', 'hold'] as const)(
    'end in a process that reads nothing of the log: %s',
    async (loss) => {
      const database = await createTestDatabase()
      const ear = await startTestProxy(database.url)
      running.push({ stop: () => database.drop() }, { stop: () => ear.close() })
      const one = await startMusterOn(database.url, { MUSTER_TOKEN: TOKEN })
      const deaf = await startMusterOn(database.url, {
        MUSTER_TOKEN: TOKEN,
        DATABASE_LISTEN_URL: ear.url,
      })
      running.push(one, deaf)
      const cookie = await logIn(one)
      const token = await makeToken(one)
      await makePerson(one, { name: 'first', role: 'admin' })
      const lost = await makePerson(one, { name: 'lost' })
      const streams = [
        ...(await openAll(deaf, cookie)),
        ...(await openAll(deaf, token.headers)),
        ...(await openAll(deaf, await logInAs(one, lost))),
      ]
      const stays = await openAll(deaf, await logIn(one))
      expect([...streams, ...stays].map(({ status }) => status)).toEqual(Array(8).fill(200))
      await until('the log is read', async () => {
        return deaf.services.tail.head >= (await one.services.readBounds()).head
      })
      ear[loss]()
      const { head } = deaf.services.tail
      const { people, tokens } = one.services.access
      const person = (await people.list()).find(({ name }) => name === lost)
      await Promise.all([
        one.fetch('/logout', { method: 'POST', headers: cookie, redirect: 'manual' }),
        tokens.revoke(token.id, 'test'),
        people.change(
          person?.id ?? '',
          { role: 'admin', projectIds: null, isDisabled: false },
          'test',
        ),
      ])
      await endsInTime(streams)
      expect(deaf.services.tail.head).toBe(head)
      expect(stays.some(({ isEnded }) => isEnded)).toBe(false)
      for (const stream of stays) stream.close()
    },
  )

  it('leave nothing behind', async () => {
    const muster = await start()
    const { connections } = muster.services
    const streams = await openAll(muster, await logIn(muster))
    expect(connections.grantsInUse()).toHaveLength(1)
    for (const stream of streams) stream.close()
    await until('all are gone', () => connections.grantsInUse().length === 0)
    expect(Reflect.get(connections, 'byGrant').size).toBe(0)
  })
})
