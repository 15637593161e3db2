import { createServer } from 'node:net'
import { expect, inject, test } from 'vitest'
import { startOldPostgres } from '../../test/support/old-postgres'
import { runStatement } from './ensure-database'
import { waitForDatabase } from './wait-for-database'

const told: string[] = []
const options = { tell: (message: string) => told.push(message), patienceMs: 0 }

function changed(change: (url: URL) => void): string {
  const url = new URL(inject('clusterUrl'))
  change(url)
  return url.href
}

const placeOf = (url: string) => new URL(url).host

test('a database that is there is not waited for', async () => {
  told.length = 0
  await waitForDatabase(inject('clusterUrl'), options)
  expect(told).toEqual([])
})

test('a wrong password is told at once, and not printed', async () => {
  const url = changed((it) => {
    it.password = 'open-sesame'
  })
  const waiting = waitForDatabase(url, { ...options, patienceMs: 60_000 })
  const error = await waiting.catch((reason: Error) => reason)
  expect(String(error)).toContain(
    `The database at ${placeOf(url)} does not let the user "muster" in (password authentication failed`,
  )
  expect(String(error)).toContain('correct the user and the password in DATABASE_URL.')
  expect(String(error)).not.toContain('open-sesame')
})

test('a database that does not exist is told at once', async () => {
  const url = changed((it) => {
    it.pathname = '/orchard'
  })
  await expect(waitForDatabase(url, { ...options, patienceMs: 60_000 })).rejects.toThrow(
    `There is no database "orchard" at ${placeOf(url)}: create it, or correct DATABASE_URL.`,
  )
})

test.each([
  ['postgres://me:secret@nowhere.invalid:5432/x', 'nowhere.invalid:5432', 'there is no such host'],
  ['postgres://me:secret@127.0.0.1:1/x', '127.0.0.1:1', 'nothing listens there'],
  ['postgres://me:secret@localhost:1/x', 'localhost:1', 'nothing listens there'],
])('%s is told after the wait', async (url, place, reason) => {
  const error = await waitForDatabase(url, options).catch((thrown: Error) => thrown)
  const message = String(error)
  // A machine without a network cannot tell that there is no such host.
  const reasons = [reason, 'the name of the host cannot be looked up']
  expect(reasons.some((one) => message.includes(`${place} cannot be reached (${one})`))).toBe(true)
  expect(message).toContain('start it, or correct DATABASE_URL.')
  expect(message).not.toContain('secret')
})

test('a wait is announced once, and a stop ends it', async () => {
  told.length = 0
  const stopping = new AbortController()
  const tell = (message: string) => {
    told.push(message)
    setImmediate(() => stopping.abort())
  }
  const url = 'postgres://me:secret@127.0.0.1:1/x'
  const waiting = waitForDatabase(url, { tell, signal: stopping.signal, patienceMs: 3_600_000 })
  await expect(waiting).rejects.toThrow()
  expect(told).toEqual(['Waiting for the database at 127.0.0.1:1 (nothing listens there) …'])
})

test('a server that takes connections and says nothing does not outlast a stop', async () => {
  const silent = createServer(() => stopping.abort())
  const stopping = new AbortController()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = `postgres://me:secret@127.0.0.1:${port}/x`
  await expect(waitForDatabase(url, { ...options, signal: stopping.signal })).rejects.toThrow()
  silent.close()
})

test('a PostgreSQL that is too old is refused', async () => {
  const facts = { version: '14.9', number: '140009', encoding: 'UTF8', standby: 'f' }
  const old = await startOldPostgres(facts)
  await expect(waitForDatabase(old.url, options)).rejects.toThrow(
    /is PostgreSQL 14\.9, and Muster needs 15 or later: upgrade it/,
  )
  await old.close()
})

test('a database in another encoding is refused', async () => {
  const name = 'test_latin1'
  await runStatement(inject('clusterUrl'), `DROP DATABASE IF EXISTS ${name}`)
  await runStatement(
    inject('clusterUrl'),
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`,
  )
  const url = changed((it) => {
    it.pathname = `/${name}`
  })
  await expect(waitForDatabase(url, options)).rejects.toThrow(
    'stores text as SQL_ASCII, and Muster needs UTF8',
  )
  await runStatement(inject('clusterUrl'), `DROP DATABASE ${name} WITH (FORCE)`)
})
