import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runStatement } from '../../../src/db/ensure-database'
import { isProcessAlive } from '../../../src/process/process-identity'
import { createScratch, postmasterOf, type Scratch } from '../../support/embedded-scratch'

const PATIENCE = { timeout: 10_000, interval: 50 }

let scratch: Scratch
let dataDir: string

beforeEach(async () => {
  scratch = await createScratch()
  dataDir = path.join(scratch.folder, 'data')
})

afterEach(() => scratch.remove())

test('a server that is killed comes back at the same address', async () => {
  const server = await scratch.start()
  await runStatement(server.url, 'CREATE TABLE kept (answer int)')
  const killed = await postmasterOf(dataDir)
  process.kill(killed, 'SIGKILL')
  await vi.waitFor(() => runStatement(server.url, 'SELECT * FROM kept'), PATIENCE)
  expect(await postmasterOf(dataDir)).not.toBe(killed)
  expect(scratch.logged[0]).toBe('PostgreSQL ended by itself; starting it again.')
})

test('it comes back a second time, and stays away once it is stopped', async () => {
  const server = await scratch.start()
  for (let round = 0; round < 2; round++) {
    const killed = await postmasterOf(dataDir)
    process.kill(killed, 'SIGKILL')
    await vi.waitFor(async () => {
      expect(await postmasterOf(dataDir)).not.toBe(killed)
      await runStatement(server.url, 'SELECT 1')
    }, PATIENCE)
  }
  const last = await postmasterOf(dataDir)
  await server.stop()
  expect(await isProcessAlive(last)).toBe(false)
})

test('a stop while the server is away ends the attempts to bring it back', async () => {
  const server = await scratch.start()
  process.kill(await postmasterOf(dataDir), 'SIGKILL')
  await vi.waitFor(() => expect(scratch.logged).toHaveLength(1), PATIENCE)
  await server.stop()
  await expect(runStatement(server.url, 'SELECT 1')).rejects.toThrow()
})

test('a stop does not wait for clients, nor for a server that hangs', async () => {
  const server = await scratch.start()
  const busy = runStatement(server.url, 'SELECT pg_sleep(60)').catch(() => 'cut off')
  const pid = await postmasterOf(dataDir)
  process.kill(pid, 'SIGSTOP')
  const startedAt = performance.now()
  await server.stop()
  expect(performance.now() - startedAt).toBeLessThan(4_000)
  await vi.waitFor(async () => expect(await isProcessAlive(pid)).toBe(false), PATIENCE)
  expect(await busy).toBe('cut off')
})

test('a Muster that is killed leaves no server behind for long', async () => {
  const { child } = await scratch.startElsewhere()
  const leftover = await postmasterOf(dataDir)
  child.kill('SIGKILL')
  await vi.waitFor(async () => expect(await isProcessAlive(leftover)).toBe(false), PATIENCE)
})

test('a server that outlives its Muster makes way for the next one', async () => {
  const { child, url } = await scratch.startElsewhere()
  await runStatement(url, 'CREATE TABLE kept (answer int)')
  const leftover = await postmasterOf(dataDir)
  await expect(scratch.start()).rejects.toThrow(`process ${child.pid} at http://127.0.0.1:4690`)
  // It hangs, and hears nobody who asks it to end.
  process.kill(leftover, 'SIGSTOP')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await isProcessAlive(leftover)).toBe(true)

  const server = await scratch.start()
  expect(scratch.logged[0]).toContain(`left running (process ${leftover})`)
  await runStatement(server.url, 'SELECT * FROM kept')
  expect(await isProcessAlive(leftover)).toBe(false)
})

test('a pid file of a dead process is no obstacle', async () => {
  const { child } = await scratch.startElsewhere()
  const leftover = await postmasterOf(dataDir)
  await killBoth(child, leftover)
  const server = await scratch.start()
  await runStatement(server.url, 'SELECT 1')
})

test('a pid file that names another program by now is no obstacle, nor is the program harmed', async () => {
  const { child } = await scratch.startElsewhere()
  const leftover = await postmasterOf(dataDir)
  await killBoth(child, leftover)
  const file = path.join(dataDir, 'postgres', 'postmaster.pid')
  const stranger = await scratch.startElsewhere('other')
  const rest = (await readFile(file, 'utf8')).split('\n').slice(1)
  await writeFile(file, [stranger.child.pid, ...rest].join('\n'))

  const server = await scratch.start()
  await runStatement(server.url, 'SELECT 1')
  await runStatement(stranger.url, 'SELECT 1')
})

async function killBoth(child: ChildProcess, server: number): Promise<void> {
  child.kill('SIGKILL')
  process.kill(server, 'SIGKILL')
  await once(child, 'exit')
  await vi.waitFor(async () => expect(await isProcessAlive(server)).toBe(false), PATIENCE)
}
