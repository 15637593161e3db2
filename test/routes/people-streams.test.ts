import { describe, expect, it, vi } from 'vitest'
import { StreamClient } from '../support/client'
import { createTestDatabase } from '../support/database'
import { startMusterOn, type TestMuster } from '../support/muster'
import { makePerson, PASSWORD } from '../support/people'
import { until } from '../support/wait'

// Passwords are slow to hash on purpose.
vi.setConfig({ testTimeout: 60_000 })

/** What a browser sends that has logged in. */
async function openFor({ services }: TestMuster, name: string): Promise<{ Cookie: string }> {
  const { people, sessions } = services.access
  const person = (await people.list()).find((candidate) => candidate.name === name)
  if (!person) throw new Error(`Nobody is called ${name}`)
  return { Cookie: `muster_session=${await sessions.open(person, 'test')}` }
}

describe('streams', () => {
  it('end in every process when their owner is changed, disabled or deleted, or logs out everywhere', async () => {
    const database = await createTestDatabase()
    const one = await startMusterOn(database.url)
    const other = await startMusterOn(database.url)
    await makePerson(one, { name: 'ada', role: 'admin' })
    await until('the other hears of it', () => !other.services.access.isOpen, 5_000)
    const { people, sessions } = other.services.access
    const changes: Record<string, (id: string) => Promise<unknown>> = {
      narrowed: (id) =>
        people.change(id, { role: 'member', projectIds: [1], isDisabled: false }, 'x'),
      promoted: (id) =>
        people.change(id, { role: 'admin', projectIds: null, isDisabled: false }, 'x'),
      disabled: (id) =>
        people.change(id, { role: 'member', projectIds: null, isDisabled: true }, 'x'),
      deleted: (id) => people.remove(id, 'x'),
      reset: (id) => people.resetPassword(id, 'x'),
      changed: (id) =>
        people.setOwnPassword({ id, password: `new ${PASSWORD}`, keptToken: null }, 'x'),
      gone: (id) => sessions.endAll(id),
    }
    const streams: StreamClient[] = []
    for (const name of [...Object.keys(changes), 'stays']) {
      await makePerson(one, { name, role: 'member' })
      const stream = await StreamClient.open(`${one.address}/api/events`, await openFor(one, name))
      expect(stream.status, name).toBe(200)
      streams.push(stream)
    }
    const all = await people.list()
    for (const [name, change] of Object.entries(changes)) {
      await change(all.find((person) => person.name === name)?.id ?? '')
    }
    const stays = streams.pop()
    await until('the streams end', () => streams.every(({ isEnded }) => isEnded), 5_000)
    for (const stream of streams) expect(stream.events.at(-1)?.data).toContain('unauthorized')
    expect(stays?.isEnded).toBe(false)
    stays?.close()
    await one.stop()
    await other.stop()
    await database.drop()
  })
})
