import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestDom } from '../support/dom'
import { TestWorld } from '../support/model-harness'
import { type Block, CutReader } from '../support/resumable-client'
import { until } from '../support/wait'

/** More of them look longer: MUSTER_MODEL_RUNS=500 npx vitest run test/routes/stream-model */
const RUNS = Number(process.env.MUSTER_MODEL_RUNS ?? 20)
const DEADLINE_MS = 12_000

let world: TestWorld

beforeAll(async () => {
  world = await TestWorld.create()
  await Promise.all([0, 1, 2, 3].map((agent) => world.report(agent, 'processing', agent)))
})
afterAll(() => world.end())

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      batches: fc.array(
        fc.record({
          rows: fc.integer({ min: 1, max: 40 }),
          bytes: fc.constantFrom(10, 3_000, 50_000),
          isKept: fc.boolean(),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      agent: fc.nat(3),
      state: fc.constantFrom('idle', 'processing', 'awaiting_input', 'complete', 'ended'),
      process: fc.nat(1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      reader: fc.nat(7),
      lost: fc.oneof(fc.nat(300), fc.nat(100_000)),
      process: fc.nat(1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('pause' as const, 'resume' as const),
      reader: fc.nat(7),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill tails' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), process: fc.nat(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      share: fc.constantFrom(0.2, 0.9, 1),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const FILTERS = [null, 'third', 'third,other', 'state_transition,said']
const PAGES = ['/', '/?project=project-1', '/projects/project-0', '/?type=said,third']

it('whatever happens, streams give each row once and in order, and pages end as the database is', {
  timeout: 60_000 + RUNS * 20_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
      const run = await Run.begin()
      try {
        for (const each of steps) await run.take(each)
        await run.settle()
      } finally {
        run.end()
      }
    }),
    { numRuns: RUNS, endOnFailure: true, interruptAfterTimeLimit: 20_000 * RUNS },
  )
})

/** Some readers, who are all the time somewhere in the same story. */
class Run {
  private readonly processOf = new Map<CutReader, number>()

  private constructor(
    private readonly start: number,
    private readonly logs: readonly { reader: CutReader; types: string | null }[],
    private readonly pages: readonly { reader: CutReader; path: string; html: string }[],
  ) {
    for (const [index, reader] of this.readers.entries()) this.processOf.set(reader, index)
  }

  static async begin(): Promise<Run> {
    const start = await world.look()
    const logs = FILTERS.map((types) => ({
      types,
      reader: new CutReader(`/api/events${types === null ? '' : `?types=${types}`}`, start),
    }))
    const pages = await Promise.all(
      PAGES.map(async (path, index) => {
        const html = await (await world.process(index).fetch(path)).text()
        const { stream } = new TestDom(html)
        const cursor = Number(/last_event_id=(\d+)/.exec(stream)?.[1])
        return { path, html, reader: new CutReader(stream, cursor) }
      }),
    )
    const run = new Run(start, logs, pages)
    await run.reopen()
    return run
  }

  get readers(): CutReader[] {
    return [...this.logs, ...this.pages].map(({ reader }) => reader)
  }

  async take(step: Step): Promise<void> {
    const reader = 'reader' in step ? this.readers[step.reader] : undefined
    switch (step.kind) {
      case 'write':
        await Promise.all(step.batches.map((batch) => world.write(batch)))
        break
      case 'report':
        await world.report(step.agent, step.state, step.process)
        break
      case 'cut':
        reader?.cut(step.lost)
        if (reader) this.processOf.set(reader, step.process)
        break
      case 'pause':
        reader?.pause()
        break
      case 'resume':
        reader?.resume()
        break
      case 'kill tails':
        await world.killTails()
        break
      case 'restart':
        await world.restart(step.process)
        break
      case 'trim':
        await world.trim(step.share)
        break
    }
    await this.reopen()
  }

  /** Who was cut off comes back, as clients do. */
  async reopen(): Promise<void> {
    const closed = this.readers.filter(({ isOpen }) => !isOpen)
    await Promise.all(
      closed.map((reader) => reader.open(world.process(this.processOf.get(reader) ?? 0).address)),
    )
  }

  async settle(): Promise<void> {
    const end = await world.report(0, 'idle', 0)
    await world.look()
    for (const reader of this.readers) reader.resume()
    for (const { reader, types } of this.logs) {
      await until(
        `the reader of ${types ?? 'everything'} is at the end`,
        async () => {
          await this.reopen()
          return reader.cursor >= end
        },
        DEADLINE_MS,
      )
      expectWhole(reader.blocks, this.start, types)
    }
    for (const page of this.pages) await this.expectSame(page)
  }

  end(): void {
    for (const reader of this.readers) reader.cut(0)
  }

  private async expectSame({ reader, path, html }: (typeof this.pages)[number]): Promise<void> {
    const process = world.process(this.processOf.get(reader) ?? 0)
    let [shown, fresh] = ['', ' ']
    const look = async () => {
      await this.reopen()
      fresh = contentOf(new TestDom(await (await process.fetch(path)).text()))
      const dom = new TestDom(html)
      for (const { event, data } of reader.blocks) {
        if (event === 'patch' && data) dom.apply(data.slice(data.indexOf('\n') + 1))
      }
      shown = contentOf(dom)
      return shown === fresh
    }
    await until(`${path} shows what a new page shows`, look, DEADLINE_MS).catch(() => {
      expect(shown).toBe(fresh)
    })
  }
}

/** Rows that were removed since may still be shown to who has seen them come. */
function contentOf(dom: TestDom): string {
  const { 'feed-rows': _, ...regions } = dom.shown
  const rows = dom.rows.filter((id) => id > world.trimmedThrough)
  return JSON.stringify({ ...regions, rows }, null, 1)
}

/** Each selected row once and in order; or one reset, where the rows that should come are gone. */
function expectWhole(blocks: readonly Block[], start: number, types: string | null): void {
  const wanted = [...world.types]
    .filter(([, type]) => types === null || types.split(',').includes(type))
    .map(([id]) => id)
  const next = (after: number) => wanted.find((id) => id > after)
  let cursor = start
  for (const { event, id, data } of blocks) {
    if (event === 'reset') {
      const { reason, last_event_id: given } = JSON.parse(data ?? '')
      expect(reason).toBe('expired')
      // The server may have looked further, as long as there was nothing for this reader.
      expect(Number(given)).toBeGreaterThanOrEqual(cursor)
      expect(Number(given)).toBeLessThan(Math.min(next(cursor) ?? Infinity, world.trimmedThrough))
    } else if (data !== null && id !== null) expect(id).toBe(next(cursor))
    else if (id !== null) expect(next(cursor) ?? id + 1).toBeGreaterThan(id)
    if (id !== null) {
      expect(id).toBeGreaterThanOrEqual(cursor)
      cursor = id
    }
  }
  expect(next(cursor)).toBeUndefined()
}
