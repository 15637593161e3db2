import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeRow } from '../../test/support/event-rows'
import { AccessWatch } from './access-watch'
import { LOCAL_GRANT_ID } from './grant'

const SECONDS = 1_000

let stored: Map<string, string>
let inUse: { id: string; allows: string }[]
let ended: string[]
let errors: unknown[]
let isCaughtUp: boolean
let readGrants: ReturnType<typeof vi.fn>
let watch: AccessWatch

beforeEach(() => {
  vi.useFakeTimers()
  stored = new Map([['token:1', 'all']])
  inUse = [{ id: 'token:1', allows: 'all' }]
  ended = []
  errors = []
  isCaughtUp = true
  readGrants = vi.fn(async () => new Map(stored))
  watch = new AccessWatch(readGrants as never)
  watch.start({
    streams: {
      grantsInUse: () => inUse,
      endGrant(id, allows) {
        ended.push(`${id} ${allows}`)
        inUse = inUse.filter((grant) => grant.id !== id || grant.allows !== allows)
      },
    },
    isCaughtUp: () => isCaughtUp,
    onError: (error) => errors.push(error),
  })
})

afterEach(async () => {
  await watch.stop()
  vi.useRealTimers()
})

const deliver = (type: string) => {
  watch.deliver([makeRow(1, { type })])
  return vi.advanceTimersByTimeAsync(0)
}

it.each([
  'access.token_revoked',
  'access.token_changed',
  'access.user_changed',
  'access.user_deleted',
  'access.logged_out',
  'access.password_changed',
  'access.password_reset',
])('ends what has ended as soon as the log says %s', async (type) => {
  stored.delete('token:1')
  await deliver(type)
  expect(ended).toEqual(['token:1 all'])
})

it('ends only what was opened while the grant allowed something else', async () => {
  inUse = [
    { id: 'token:1', allows: 'all' },
    { id: 'token:1', allows: 'less' },
  ]
  stored.set('token:1', 'less')
  await deliver('access.token_changed')
  expect(ended).toEqual(['token:1 all'])
  expect(readGrants.mock.calls).toEqual([[['token:1']]])
})

it('shuts and opens the door that is open while nobody has an account', async () => {
  inUse = [{ id: LOCAL_GRANT_ID, allows: 'all' }]
  stored = new Map([[LOCAL_GRANT_ID, 'all']])
  await watch.check()
  expect(watch.hasPeople).toBe(false)
  stored.clear()
  await deliver('access.user_created')
  expect([watch.hasPeople, ended]).toEqual([true, [`${LOCAL_GRANT_ID} all`]])
  stored.set(LOCAL_GRANT_ID, 'all')
  await deliver('access.user_deleted')
  expect(watch.hasPeople).toBe(false)
})

it('asks nothing for rows that end no grant, and once a minute besides', async () => {
  await watch.check()
  for (const type of ['access.logged_in', 'access.login_failed', 'access.token_created', 'noted']) {
    await deliver(type)
  }
  await vi.advanceTimersByTimeAsync(59 * SECONDS)
  expect(readGrants).toHaveBeenCalledTimes(1)
  stored.delete('token:1')
  await vi.advanceTimersByTimeAsync(2 * SECONDS)
  expect(ended).toEqual(['token:1 all'])
  expect(readGrants).toHaveBeenCalledTimes(2)
})

it('asks every two seconds while the tail is not caught up', async () => {
  await watch.check()
  isCaughtUp = false
  await vi.advanceTimersByTimeAsync(20 * SECONDS)
  expect(readGrants).toHaveBeenCalledTimes(11)
  stored.delete('token:1')
  await vi.advanceTimersByTimeAsync(2 * SECONDS)
  expect(ended).toEqual(['token:1 all'])
})

it('asks again until it has an answer, and says once that there is none', async () => {
  stored.delete('token:1')
  readGrants.mockRejectedValue(new Error('away'))
  await deliver('access.token_revoked')
  await vi.advanceTimersByTimeAsync(3 * SECONDS)
  expect([ended, errors]).toEqual([[], [new Error('away')]])
  readGrants.mockImplementation(async () => new Map(stored))
  await vi.advanceTimersByTimeAsync(SECONDS)
  expect(ended).toEqual(['token:1 all'])
})

it('looks at a stream whose grant was looked up before the log said that grants have changed', async () => {
  inUse = []
  const grant = { id: 'token:1', allows: 'all', expiresAt: 0, version: watch.version }
  await deliver('access.token_revoked')
  stored.delete('token:1')
  inUse = [grant]
  watch.opened({ ...grant, version: watch.version })
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toEqual([])
  watch.opened(grant)
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toEqual(['token:1 all'])
})
