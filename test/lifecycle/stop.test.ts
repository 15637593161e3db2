import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { postmasterOf } from '../support/embedded-scratch'
import type { TestProgram } from '../support/program'
import { report, storedSummaries, untilStored } from '../support/reports'
import { TestStage, untilGone, untilPostmaster } from '../support/stage'

/** The promise is 5 s; a machine that does other things as well gets more. */
const STOP_LIMIT_MS = 15_000
const TEST_LIMIT_MS = 120_000

const isPosix = process.platform !== 'win32'

let stage: TestStage
let dataDir: string

beforeAll(async () => {
  stage = await TestStage.create()
})
afterEach(() => stage.end())
afterAll(() => stage.remove())

/** Serves, has stored something, and says which process its PostgreSQL is. */
async function settle(program: TestProgram): Promise<{ address: string; postmaster: number }> {
  const address = await program.address()
  expect((await report(address, 'before')).status).toBe(201)
  return { address, postmaster: await postmasterOf(dataDir) }
}

async function expectStop(program: TestProgram, postmaster: number, end: () => void) {
  const startedAt = performance.now()
  end()
  const ending = await program.ends()
  await untilGone('PostgreSQL', postmaster)
  const took = performance.now() - startedAt
  expect(took).toBeLessThan(STOP_LIMIT_MS)
  if (process.env.MUSTER_SHOW_TIMES) console.info(`stopped after ${took.toFixed(0)} ms`)
  return ending
}

async function expectKept(): Promise<void> {
  const next = stage.serve({ MUSTER_DATA_DIR: dataDir })
  const address = await next.address()
  await untilStored(address, 'after')
  expect(await storedSummaries(address)).toEqual(['before', 'after'])
}

describe('everything ends, PostgreSQL included,', { timeout: TEST_LIMIT_MS }, () => {
  test('when the server is told to', async () => {
    dataDir = stage.newDataDir()
    const server = stage.serve({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(server)
    const { code } = await expectStop(server, postmaster, () => server.kill('SIGTERM'))
    expect(code).toBe(0)
    await expectKept()
  })

  test.runIf(isPosix)('when npm is told to, which tells its shell only', async () => {
    dataDir = stage.newDataDir()
    const npm = stage.npmStart({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(npm)
    await expectStop(npm, postmaster, () => npm.kill('SIGTERM'))
  })

  test.runIf(isPosix)('at Ctrl-C, which every process of the terminal hears', async () => {
    dataDir = stage.newDataDir()
    const npm = stage.npmStart({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(npm)
    const { printed } = await expectStop(npm, postmaster, () => npm.killGroup('SIGINT'))
    expect(printed).not.toContain('could not stop in time')
  })

  test.runIf(isPosix)('when the terminal is closed', async () => {
    dataDir = stage.newDataDir()
    const npm = stage.npmStart({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(npm)
    await expectStop(npm, postmaster, () => npm.killGroup('SIGHUP'))
  })

  test.runIf(isPosix)('when npm is killed', async () => {
    dataDir = stage.newDataDir()
    const npm = stage.npmStart({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(npm)
    await expectStop(npm, postmaster, () => npm.kill('SIGKILL'))
    await expectKept()
  })

  test.runIf(isPosix)('when the server is killed', async () => {
    dataDir = stage.newDataDir()
    const server = stage.serve({ MUSTER_DATA_DIR: dataDir })
    const { postmaster } = await settle(server)
    await expectStop(server, postmaster, () => server.kill('SIGKILL'))
    await expectKept()
  })

  test.runIf(isPosix).each([
    ['an exception that nobody caught', `throw new Error('a pear fell')`],
    ['a rejection that nobody handled', `Promise.reject(new Error('a pear fell'))`],
  ])('after %s, which is told', async (_, mistake) => {
    dataDir = stage.newDataDir()
    const preload = path.join(stage.folder, 'mistake.mjs')
    await writeFile(preload, `process.once('SIGUSR2', () => { ${mistake} })`)
    const server = stage.serve({ MUSTER_DATA_DIR: dataDir }, ['--import', preload])
    const { postmaster } = await settle(server)
    const { code, printed } = await expectStop(server, postmaster, () => server.kill('SIGUSR2'))
    expect(code).toBe(1)
    expect(printed).toMatch(/^Muster stops because of a mistake of its own\. Start it again, and/m)
    expect(printed).toContain('Error: a pear fell')
  })
})

test.runIf(isPosix)(
  'a server whose PostgreSQL is killed goes on, and nothing that was stored is lost',
  { timeout: TEST_LIMIT_MS },
  async () => {
    dataDir = stage.newDataDir()
    const server = stage.serve({ MUSTER_DATA_DIR: dataDir })
    const { address, postmaster } = await settle(server)
    process.kill(postmaster, 'SIGKILL')
    await untilPostmaster(dataDir, postmaster)
    await untilStored(address, 'after')
    expect(await storedSummaries(address)).toEqual(['before', 'after'])
  },
)
