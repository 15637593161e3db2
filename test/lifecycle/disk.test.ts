import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findRunning } from '../../src/db/embedded/running'
import { runStatement } from '../../src/db/ensure-database'
import { StreamClient } from '../support/client'
import { until } from '../support/deadline'
import { canMount, mountDisk, type TestDisk } from '../support/disk'
import { postmasterOf } from '../support/embedded-scratch'
import { report, storedSummaries, untilStored } from '../support/reports'
import { TestStage } from '../support/stage'

const isAllowed = canMount()
const TEST_LIMIT_MS = 240_000
/** Room for a new database (40 MB), its log, and some reports. */
const DISK = '200m'

let stage: TestStage
const disks: TestDisk[] = []

beforeAll(async () => {
  stage = await TestStage.create()
})
afterEach(async () => {
  await stage.end()
  for (const disk of disks.splice(0)) disk.remove()
})
afterAll(() => stage.remove())

function newDisk(name: string, size = DISK): TestDisk {
  const disk = mountDisk(path.join(stage.folder, name), size)
  disks.push(disk)
  return disk
}

test.runIf(isAllowed)(
  'a full disk refuses reports, loses nothing that was stored, and is no more once there is room',
  { timeout: TEST_LIMIT_MS },
  async () => {
    const disk = newDisk('full')
    const dataDir = path.join(disk.folder, 'data')
    const server = stage.serve({ MUSTER_DATA_DIR: dataDir })
    const address = await server.address()
    const stored: string[] = []
    let posted = 0
    const post = async () => {
      const summary = `report ${++posted}`
      const answer = await report(address, summary, { apples: 'of apples '.repeat(500) })
      if (answer.status === 201) stored.push(summary)
      return answer
    }
    const expectRefusal = async (label: string) => {
      const isRefused = async () => {
        const answer = await post()
        return answer.status !== 201 && answer
      }
      const refusal = await until(label, isRefused, 120_000)
      expect(refusal).toMatchObject({ status: 503, error: expect.stringContaining('database') })
      expect(Number(refusal.retryAfter)).toBeGreaterThan(0)
      expect((await fetch(`${address}/health`)).status).toBe(200)
      await until(`${label} with the reason`, async () => {
        const { error } = await post()
        return error?.includes('The disk of the database is full') === true
      })
      const isNamed = async () => (await healthOf(address)).join() === 'degraded,disk_full'
      await until(`${label}, and health names the reason`, isNamed)
    }
    const page = await StreamClient.open(`${address}/live?topic=board`)
    const noticeOf = () => page.events.findLast(({ event }) => event === 'error')?.data ?? ''
    await post()
    await disk.fill()
    // The tables have some room left in their last pages.
    await expectRefusal('a report is refused')
    await page.receives('the reason', () => noticeOf().includes('The disk of the database is full'))
    expect(server.printed).toContain('"msg":"The disk of the database is full')
    // PostgreSQL ends when it has no room for its own log, and cannot start until there is some.
    await useUpLog(dataDir)
    await expectRefusal('a report is refused while PostgreSQL is away')
    expect(server.hasEnded).toBe(false)

    await disk.makeRoom()
    await untilStored(address, 'there is room')
    const isWell = async () => (await healthOf(address)).join() === 'ok,ok'
    await until('health knows that there is room', isWell, 60_000)
    await page.receives('the end of it', () => noticeOf().includes('database_back'))
    page.close()
    const found = await storedSummaries(address)
    // A refused report may have been stored in spite of it; one that was taken must be there.
    expect(found).toEqual(expect.arrayContaining([...stored, 'there is room']))
    expect(new Set(found).size).toBe(found.length)
  },
)

async function healthOf(address: string): Promise<unknown[]> {
  const { status, database } = (await (await fetch(`${address}/health`)).json()) as Record<
    string,
    unknown
  >
  return [status, database]
}

/** Closes segment after segment of PostgreSQL's log until there is no room for the next one. */
async function useUpLog(dataDir: string): Promise<void> {
  const url = await findRunning(dataDir)
  if (!url) throw new Error('No Muster runs there')
  const postmaster = await postmasterOf(dataDir)
  const isDown = async () => {
    const answer = await runStatement(
      url,
      `SELECT pg_switch_wal(), pg_logical_emit_message(false, 'a', 'b')`,
    ).catch((error: Error) => error)
    const isAway = answer instanceof Error && !/No space left/.test(answer.message)
    return isAway || (await postmasterOf(dataDir).catch(() => 0)) !== postmaster
  }
  await until('PostgreSQL has no room for its log', isDown, 60_000)
}

test.runIf(isAllowed)(
  'a start on a full disk says what to do',
  { timeout: TEST_LIMIT_MS },
  async () => {
    for (const size of ['64k', '8m']) {
      const disk = newDisk(`small-${size}`, size)
      const { code, printed } = await stage.serve({ MUSTER_DATA_DIR: disk.folder }).ends()
      expect(code).toBe(1)
      expect(printed).toMatch(
        /^The database .*(No space left|ENOSPC).*: (make room|check free space)/,
      )
      expect(printed).not.toMatch(/^\s+at /m)
    }
  },
)

test.runIf(isAllowed)(
  'a start on a disk that only reads says what to do',
  { timeout: TEST_LIMIT_MS },
  async () => {
    const disk = newDisk('read-only')
    disk.remount('ro')
    const { code, printed } = await stage.serve({ MUSTER_DATA_DIR: disk.folder }).ends()
    expect(code).toBe(1)
    expect(printed).toMatch(
      /^The database in \S+ cannot be started \(EROFS[^)]*\): make that disk writable, or set MUSTER_DATA_DIR or DATABASE_URL\.\n$/,
    )
  },
)
