import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { until } from '../support/deadline'
import type { TestProgram } from '../support/program'
import { TestStage } from '../support/stage'

const TEST_LIMIT_MS = 120_000
const MEGABYTE = 1024 * 1024
const CONNECTIONS = 100
const EVENTS = 1_000

/** Tells what is in use, and nothing that could be collected. */
const WEIGH = `
  let count = 0
  process.on('SIGUSR2', () => {
    gc(); gc()
    const { heapUsed, external, rss } = process.memoryUsage()
    console.log('weighed ' + ++count + ': ' + (heapUsed + external) + ' in ' + rss)
  })`

let stage: TestStage
let database: TestDatabase

beforeAll(async () => {
  stage = await TestStage.create()
  database = await createTestDatabase()
})
afterEach(() => stage.end())
afterAll(async () => {
  await stage.remove()
  await database.drop()
})

class Scale {
  private weighings = 0

  constructor(private readonly server: TestProgram) {}

  async weigh(what: string): Promise<number> {
    this.server.kill('SIGUSR2')
    const [, used, rss] = await this.server.prints(
      new RegExp(`weighed ${++this.weighings}: (\\d+) in (\\d+)`),
    )
    if (process.env.MUSTER_SHOW_TIMES) {
      console.info(`${what}: ${Number(used) / MEGABYTE} MB used, ${Number(rss) / MEGABYTE} MB RSS`)
    }
    return Number(used)
  }
}

const openAll = (address: string) =>
  Promise.all(Array.from({ length: CONNECTIONS }, () => StreamClient.open(`${address}/api/events`)))

async function closeAll(address: string, clients: readonly StreamClient[]): Promise<void> {
  for (const client of clients) client.close()
  await until('all are gone', async () => (await countConnections(address)) === 0)
}

async function countConnections(address: string): Promise<number> {
  const health = (await (await fetch(`${address}/health`)).json()) as {
    sse: { active_connections: number }
  }
  return health.sse.active_connections
}

async function report(address: string): Promise<void> {
  const items = Array.from({ length: EVENTS / 10 }, (_, n) => ({
    project: 'p',
    type: 'note',
    message: `event ${n} `.repeat(20),
  }))
  for (let batch = 0; batch < 10; batch++) {
    const response = await fetch(`${address}/api/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(items),
    })
    expect(response.status).toBe(201)
  }
}

test.runIf(process.platform !== 'win32')(
  'a hundred connections take less than ten megabytes more than none, idle and after a thousand events',
  { timeout: TEST_LIMIT_MS },
  async () => {
    const preload = path.join(stage.folder, 'weigh.mjs')
    await writeFile(preload, WEIGH)
    const node = ['--expose-gc', '--import', preload]
    const server = stage.serve({ DATABASE_URL: database.url }, node)
    const address = await server.address()
    const scale = new Scale(server)
    // What is made once, with the first of everything, is no price of a connection.
    const first = await openAll(address)
    await report(address)
    await closeAll(address, first)
    const none = await scale.weigh('none')

    const clients = await openAll(address)
    expect(clients.map(({ status }) => status)).toEqual(clients.map(() => 200))
    const idle = await scale.weigh(`${CONNECTIONS} idle`)
    await report(address)
    for (const client of clients) {
      await until('a client has every event', () => client.events.length >= EVENTS)
    }
    const busy = await scale.weigh(`${CONNECTIONS} after ${EVENTS} events`)
    await closeAll(address, clients)

    expect(idle - none).toBeLessThan(10 * MEGABYTE)
    expect(busy - none).toBeLessThan(10 * MEGABYTE)
  },
)
