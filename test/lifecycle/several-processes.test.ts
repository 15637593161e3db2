import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runStatement } from '../../src/db/ensure-database'
import { postAlone, startTestBalancer } from '../support/balancer'
import { StreamClient } from '../support/client'
import type { TestDatabase } from '../support/cluster'
import { createTestDatabase } from '../support/database'
import { until } from '../support/deadline'
import { TestDom } from '../support/dom'
import type { TestProgram } from '../support/program'
import { TestStage } from '../support/stage'

const TEST_LIMIT_MS = 120_000
const VIEWERS = 6
const REPORTERS = 4
const ENOUGH = 40

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

/** Reads on from its last whole row, wherever it is let in, for as long as the test goes on. */
class Reader {
  readonly ids: number[] = []
  breaks = 0
  private client: StreamClient | null = null

  constructor(
    private readonly address: string,
    private readonly start: number,
  ) {}

  async look(): Promise<void> {
    if (this.client && !this.client.isEnded) return
    if (this.client) this.breaks++
    this.collect()
    this.client = await StreamClient.open(`${this.address}/api/events`, {
      'Last-Event-ID': String(this.ids.at(-1) ?? this.start),
    }).catch(() => null)
  }

  get seen(): number[] {
    return [...this.ids, ...(this.client?.ids ?? [])]
  }

  close(): void {
    this.client?.close()
  }

  private collect(): void {
    this.ids.push(...(this.client?.ids ?? []))
    this.client = null
  }
}

/** Reports one thing after the other and repeats what was not acknowledged, as hooks do. */
class Reporter {
  readonly acknowledged: string[] = []
  isStopped = false

  constructor(
    private readonly address: string,
    private readonly name: string,
  ) {}

  async run(): Promise<void> {
    for (let n = 0; !this.isStopped; n++) await this.report(`${this.name} ${n}`)
  }

  private async report(summary: string): Promise<void> {
    const body = {
      project: '/srv/shared',
      type: 'note',
      agent: this.name,
      summary,
      dedupe_key: summary,
    }
    await until(`${summary} is acknowledged`, async () => {
      const answer = await postAlone(`${this.address}/api/events`, body).catch(() => undefined)
      return answer?.status === 201
    })
    this.acknowledged.push(summary)
  }
}

async function storedAfter(id: number): Promise<{ id: number; summary: string; type: string }[]> {
  const { rows } = await runStatement(
    database.url,
    `SELECT id, summary, type FROM events WHERE id > ${id} ORDER BY id`,
  )
  return rows.map((row) => ({ ...row, id: Number(row.id) }))
}

test('a process that is killed loses nothing that it acknowledged, and its viewers go on at the other', {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const serve = () => stage.serve({ DATABASE_URL: database.url })
  const programs: TestProgram[] = [serve(), serve()]
  const addresses = await Promise.all(programs.map((program) => program.address()))
  const balancer = await startTestBalancer(addresses)
  const first = await postAlone(`${balancer.address}/api/events`, { project: 'p', type: 'first' })
  const start = first.body.last_id ?? 0
  const readers = Array.from({ length: VIEWERS }, () => new Reader(balancer.address, start))
  const page = new TestDom(await (await fetch(`${addresses[0]}/`)).text())
  for (const reader of readers) await reader.look()
  const reporters = Array.from(
    { length: REPORTERS },
    (_, n) => new Reporter(balancer.address, `reporter-${n}`),
  )
  const running = Promise.all(reporters.map((reporter) => reporter.run()))
  const count = () => reporters.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
  const go = async (label: string, reports: number) => {
    const enough = count() + reports
    await until(label, async () => {
      await Promise.all(readers.map((reader) => reader.look()))
      return count() >= enough
    })
  }
  await go('reports are taken by both', ENOUGH)
  programs[0]?.kill('SIGKILL')
  await programs[0]?.ends()
  await go('reports are taken by the one that is left', ENOUGH)
  for (const reporter of reporters) reporter.isStopped = true
  await running

  const stored = await storedAfter(start)
  const notes = stored.filter(({ type }) => type === 'note').map(({ summary }) => summary)
  expect(notes.sort()).toEqual(reporters.flatMap(({ acknowledged }) => acknowledged).sort())
  for (const reader of readers) {
    await until('a reader has everything', async () => {
      await reader.look()
      return reader.seen.length >= stored.length
    })
    expect(reader.seen).toEqual(stored.map(({ id }) => id))
    reader.close()
  }
  expect(readers.reduce((sum, { breaks }) => sum + breaks, 0)).toBeGreaterThanOrEqual(VIEWERS / 2)

  // A page of the one that is gone polls the other from where it was.
  let cursor = ''
  await until('the page has polled everything', async () => {
    const headers = { Accept: 'text/html', ...(cursor && { 'Last-Event-ID': cursor }) }
    const poll = await fetch(`${addresses[1]}${page.stream}`, { headers })
    page.apply(await poll.text())
    cursor = poll.headers.get('last-event-id') ?? ''
    return cursor === String(stored.at(-1)?.id)
  })
  const fresh = new TestDom(await (await fetch(`${addresses[1]}/`)).text())
  expect(page.shown).toEqual(fresh.shown)
  await balancer.close()
})
