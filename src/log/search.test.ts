import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestLog, type TestLog } from '../../test/support/log'
import { Unavailable } from '../errors/app-error'
import type { EventFilter } from '../filter/filter'
import { ALL_EVENTS, selects } from '../filter/select'
import { toEventQuery } from '../filter/sql'
import type { EventRow } from './event-row'
import { readAfter } from './history'
import { findAmong, findEvents, findWhatIsIndexed } from './search'
import { indexPage } from './search-index'
import type { EventQuery, EventRange } from './search-query'
import { SEARCH_STEPS, searchStatement } from './search-statement'

const TYPES = ['alpha', 'beta.two']
const STATES = ['idle', 'errored']
const WORDS = ['oak', 'elm', 'ash', 'src/cart-list.ts', 'Grüße']
/** Rows are that far apart, so that a few of them lie in many segments of the index. */
const GAP = 4_000

let log: TestLog
let all: EventRow[]
let projects: number[]
let start: number

beforeAll(async () => {
  log = await createTestLog()
  const made = await log.query<{ id: number }>(
    `INSERT INTO projects (key, slug, name) VALUES ('a', 'a', 'a'), ('b', 'b', 'b') RETURNING id`,
  )
  projects = made.map(({ id }) => id)
  const [floor] = await log.query<{ first_id: number }>('SELECT first_id FROM log_floor')
  start = floor?.first_id ?? 0
  await log.query(
    `INSERT INTO events (id, at, type, project_id, state, summary, data) OVERRIDING SYSTEM VALUE
     SELECT $1::bigint + n * $2::int, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour',
       ($3::text[])[1 + n % 2], ($4::bigint[])[1 + n % 3], ($5::text[])[1 + n % 3],
       CASE WHEN n % 2 = 0 THEN ($6::text[])[1] ELSE '' END,
       jsonb_build_object('deep', jsonb_build_array(jsonb_build_object('say', ($6::text[])[1 + n % 5])),
         'n', n, 'payload', jsonb_build_object('raw', 'hidden'))
     FROM generate_series(1, 60) AS n`,
    [start, GAP, TYPES, projects, STATES, WORDS],
  )
  all = (await readAfter(log.db, start, { limit: 1_000 })).rows.reverse()
})
afterEach(() => unindex())
afterAll(() => log.end())

const query = (text: string | null, more: Partial<EventFilter> = {}): EventQuery =>
  toEventQuery({ ...ALL_EVENTS, text, ...more })
const find = (text: string | null, more: Partial<EventFilter> = {}, range?: EventRange) =>
  findEvents(log.db, query(text, more), range ?? { limit: 100 })
const numbers = (rows: readonly EventRow[]) => rows.map(({ data }) => Number(data.n))

test('any search finds the same however far the index has come, page by page in both directions', async () => {
  const some = <T>(values: readonly T[]) => fc.subarray([...values], { maxLength: 2 })
  const at = fc.integer({ min: 0, max: 62 })
  const hour = at.map((n) => new Date(Date.parse('2026-01-01T00:00:00Z') + n * 3_600_000))
  const searches = fc.record({
    words: fc.option(some(WORDS.slice(0, 3))),
    types: fc.option(some(TYPES)),
    projects: fc.option(fc.subarray(projects ?? [])),
    states: fc.option(some(STATES)),
    scope: fc.record({
      projectIds: fc.option(fc.subarray(projects ?? [])),
      seesAccess: fc.boolean(),
    }),
    since: fc.option(hour),
    until: fc.option(hour),
    indexed: fc.constantFrom(0, 7, 60),
    place: fc.constantFrom('before', 'after', 'both', 'none'),
    ids: fc.tuple(at, at),
    limit: fc.integer({ min: 1, max: 20 }),
    steps: fc.record({
      firstRows: fc.constantFrom(1, 10, 100),
      nearSegments: fc.integer({ min: 1, max: 4 }),
      // Never rare, rare only if in no row of the sample, and as it is.
      rareSampled: fc.constantFrom(-1, 0, 4),
    }),
  })
  await fc.assert(
    fc.asyncProperty(searches, async ({ words, since, until, indexed, place, ids, ...rest }) => {
      await unindex()
      if (indexed > 0) await indexPage(log.db, indexed)
      const { limit, steps, ...lists } = rest
      const filter = { ...ALL_EVENTS, ...lists }
      const [a, b] = [Math.min(...ids), Math.max(...ids)].map((n) => start + n * GAP)
      const after = place === 'after' || place === 'both' ? (a ?? 0) : null
      const before = place === 'before' || place === 'both' ? (b ?? 0) : null
      const expected = all.filter(
        (row) =>
          selects(filter, row) &&
          (words ?? []).every((word) => textOf(row).includes(word)) &&
          (!since || row.at >= since) &&
          (!until || row.at <= until) &&
          (after === null || row.id > after) &&
          (before === null || row.id < before),
      )
      const text = words && words.length > 0 ? words.join(' ') : null
      const found = await findEvents(
        log.db,
        toEventQuery({ ...filter, text, since, until }),
        { limit, before, after },
        steps,
      )
      const page = after !== null ? expected.slice(-limit) : expected.slice(0, limit)
      expect(found).toEqual(page)
      const ofAll = await findAmong(
        log.db,
        all.map((row) => row.id),
        toEventQuery({ ...filter, text, since, until }),
      )
      expect(all.filter(({ id }) => ofAll.has(id) && id > (after ?? 0))).toEqual(
        expect.arrayContaining(page),
      )
    }),
    { numRuns: 150 },
  )
}, 60_000)

test.each([
  ['oak', (text: string) => text.includes('oak')],
  ['OAK', (text: string) => text.includes('oak')],
  ['elm or ash', (text: string) => /elm|ash/.test(text)],
  ['-oak', (text: string) => !text.includes('oak')],
  ['oak -elm', (text: string) => text.includes('oak') && !text.includes('elm')],
  ['cart', (text: string) => text.includes('cart')],
  ['src/cart-list.ts', (text: string) => text.includes('cart')],
  ['"cart list"', (text: string) => text.includes('cart')],
  ['"list cart"', () => false],
  ['grüße', (text: string) => text.includes('Grüße')],
  ['beta.two', (text: string) => text.includes('beta.two')],
  ['hidden', () => false],
  ['nowhere', () => false],
])('%s finds what it says, with and without the index', async (text, isMeant) => {
  const expected = numbers(all.filter((row) => isMeant(textOf(row))))
  expect(numbers(await find(text))).toEqual(expected)
  await indexPage(log.db, 100)
  expect(numbers(await find(text))).toEqual(expected)
})

test.each([
  '',
  ' ',
  '"',
  '""',
  '!!',
  '-',
  ':*',
  '&|',
  "'",
  "\\'",
  '((',
  'segment:',
  '\u0001',
  '🐚',
])('what is no word finds nothing and is no error: %j', async (text) => {
  await indexPage(log.db, 100)
  expect(await find(text)).toEqual([])
})

/** How often a search asks the index, with few rows looked at one by one. */
async function probesOf(text: string): Promise<number> {
  const steps = { ...SEARCH_STEPS, firstRows: 5 }
  const statement = searchStatement(text, query(text), { limit: 51 }, 0, steps)
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`
    EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`.execute(log.db)
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)]
  const [found] = rows
    .flatMap((row) => nodes(row['QUERY PLAN'][0].Plan))
    .filter((node) => node['CTE Name'] === 'probes' && node['Node Type'] === 'CTE Scan')
  return found?.['Actual Rows'] ?? Number.NaN
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'CTE Name'?: string
  readonly 'Actual Rows': number
  readonly Plans?: readonly PlanNode[]
}

test('a rare word is found with few questions to the index, however long the log is', async () => {
  const most = SEARCH_STEPS.nearSegments + 1
  const [oldest] = await log.query<{ id: number }>(
    `INSERT INTO events (id, type, summary) OVERRIDING SYSTEM VALUE
     VALUES ($1, 'old', 'seldom') RETURNING id`,
    [start],
  )
  while ((await indexPage(log.db, 1_000)) === 1_000);
  expect(await probesOf('seldom')).toBe(most)
  // Ten times as many segments.
  await log.query(
    `INSERT INTO events (id, type) OVERRIDING SYSTEM VALUE
     SELECT $1::bigint + n * $2::int, 'more' FROM generate_series(61, 600) AS n`,
    [start, GAP],
  )
  while ((await indexPage(log.db, 1_000)) === 1_000);
  expect(await probesOf('seldom')).toBe(most)
  expect(await probesOf('nowhere')).toBe(most)
  expect((await find('seldom')).map(({ id }) => id)).toEqual([oldest?.id])
  await log.query(`DELETE FROM events WHERE type IN ('old', 'more')`)
})

test('what is frequent only far back is not taken for rare', async () => {
  const sampled = await log.query<{ id: number }>(
    `INSERT INTO events (id, type, summary) OVERRIDING SYSTEM VALUE
     SELECT id, 'bygone', 'heyday' FROM (
       SELECT id FROM generate_series($1::bigint - 16384, $1::bigint) AS id
       WHERE hashint8(id) & 1023 = 0 LIMIT 5) AS ids RETURNING id`,
    [start],
  )
  expect(sampled).toHaveLength(5)
  while ((await indexPage(log.db, 1_000)) === 1_000);
  expect(await probesOf('heyday')).toBeGreaterThan(SEARCH_STEPS.nearSegments + 1)
  expect(await find('heyday')).toHaveLength(5)
  await log.query(`DELETE FROM events WHERE type = 'bygone'`)
})

test('whoever types marks of the index finds only text', async () => {
  await indexPage(log.db, 100)
  const segment = Math.floor(start / 16_384)
  for (const text of [`\u0001segment:${segment}`, `'\u0001type:alpha'`]) {
    const filter = { types: ['beta.two'] }
    expect(await find(text, filter)).toEqual([])
  }
})

test('a row is found by the first 16 Ki characters of its text', async () => {
  const [first, second] = await log.query<{ id: number }>(
    `INSERT INTO events (type, data) VALUES
       ('long', jsonb_build_object('a', repeat('x ', 8000) || 'within')),
       ('long', jsonb_build_object('a', repeat('x ', 9000) || 'beyond')) RETURNING id`,
  )
  for (const indexed of [0, 100]) {
    if (indexed) await indexPage(log.db, indexed)
    expect((await find('within')).map(({ id }) => id)).toEqual([first?.id])
    expect(await find('beyond')).toEqual([])
  }
  await log.query('DELETE FROM events WHERE id >= $1', [first?.id])
  expect(second).toBeDefined()
})

test('what was removed from the log is not found, though the index still has it', async () => {
  await log.query(
    `INSERT INTO events (id, type, summary) OVERRIDING SYSTEM VALUE VALUES ($1, 'gone', 'fleeting')`,
    [start + 70 * GAP],
  )
  await indexPage(log.db, 100)
  expect(await find('fleeting')).toHaveLength(1)
  await log.query(`DELETE FROM events WHERE type = 'gone'`)
  expect(await find('fleeting')).toEqual([])
})

test('a log that has grown far ahead of the index says so instead of leaving rows out', async () => {
  await indexPage(log.db, 100)
  const expected = await find('oak')
  await log.insert('import', 5_001)
  await expect(find('import')).rejects.toThrow(Unavailable)
  const limits = { limit: 6_000 }
  const some = await findWhatIsIndexed(log.db, query('import'), limits)
  // The newest 5,000, of which none is in the index.
  expect(some.rows).toHaveLength(5_000)
  expect(some.gap).toMatchObject({ from: expect.any(Date), to: expect.any(Date) })
  expect((await findWhatIsIndexed(log.db, query('oak'), limits)).rows).toEqual(expected)
  while ((await indexPage(log.db, 1_000)) === 1_000);
  expect(await find('import')).toHaveLength(100)
  expect((await findWhatIsIndexed(log.db, query('import'), limits)).gap).toBeNull()
  await log.query(`DELETE FROM events WHERE type = 'import'`)
})

test('the index gives a reader the rows of the scope, and is not even asked for an empty one', async () => {
  const [mine = 0, theirs = 0] = projects
  // Indexed as of the one, kept as of the other: only what reads the index by the scope finds it not.
  const [row] = await log.query<{ id: number }>(
    `INSERT INTO events (type, project_id, summary) VALUES ('moved', $1, 'elsewhere') RETURNING id`,
    [theirs],
  )
  await indexPage(log.db, 100)
  await log.query('UPDATE events SET project_id = $2 WHERE id = $1', [row?.id, mine])
  const seen = (projectIds: number[] | null) =>
    find('elsewhere', { scope: { projectIds, seesAccess: false } })
  expect(await seen(null)).toHaveLength(1)
  expect(await seen([mine])).toEqual([])
  await log.query('DELETE FROM event_search WHERE event_id = $1', [row?.id])
  await log.query('DELETE FROM events WHERE id = $1', [row?.id])
  const away = { transaction: () => expect.fail('the index was asked') } as never
  const nothing = { scope: { projectIds: [], seesAccess: false } }
  expect(await findEvents(away, query('oak', nothing), { limit: 1 })).toEqual([])
})

async function unindex(): Promise<void> {
  await log.query('DELETE FROM event_search')
  await log.query('UPDATE event_search_position SET indexed_through = 0')
}

/** What the row can be found by, but for the payload. */
function textOf({ type, summary, data }: EventRow): string {
  const { payload, ...shown } = data
  return `${type} ${summary} ${JSON.stringify(shown)}`
}
