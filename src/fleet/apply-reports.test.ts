import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import {
  CHILD_STARTED,
  projectOf,
  prompted,
  reportOf,
  type Said,
  STOPPED,
  toolOf,
} from '../../test/support/report'

let fleet: TestFleet

beforeEach(async () => {
  fleet = await createTestFleet()
})

afterEach(() => fleet.end())

test('two recorders that race for the same new projects and agents register each once', async () => {
  const recorders = [fleet.recorder, fleet.another(), fleet.another()]
  const reports = Array.from({ length: 12 }, (_, n) => ({
    project: `p${n % 4}`,
    session: `s${n % 6}`,
    ...(n > 5 && { child: 'kid' }),
  }))
  const sent = recorders.flatMap((recorder) =>
    reports.map((said) => recorder.record([reportOf(said)], 1)),
  )
  await Promise.all(sent)
  expect(await fleet.query('SELECT key FROM projects')).toHaveLength(4)
  expect(await fleet.query('SELECT key FROM agents')).toHaveLength(12)
  expect(await typesOf('project_changed', 'session_discovered')).toHaveLength(4 + 12)
  expect(await typesOf('test_event')).toHaveLength(36)
})

test('a project is announced with the first report of it, an agent as well', async () => {
  await record({ session: null }, { session: 'one' }, { session: 'one' })
  expect(await typesOf()).toEqual([
    'project_changed',
    'test_event',
    'session_discovered',
    'test_event',
    'test_event',
  ])
})

test('projects of the same name get slugs of their own, in one request and in several', async () => {
  const named = (name: string, ...keys: string[]) =>
    keys.map((key): Said => ({ session: null, project: projectOf(name, key) }))
  await record(...named('My App!', 'a', 'b', 'c'), ...named('my-app-2', 'd'))
  await record(...named('my app', 'e'), ...named('日本', 'f', 'g'), ...named('My App!', 'a'))
  await Promise.all([
    fleet.recorder.record(named('x', 'h').map(reportOf), 1),
    fleet.another().record(named('x', 'i').map(reportOf), 1),
  ])
  const rows = await fleet.query<{ slug: string }>('SELECT slug FROM projects ORDER BY key')
  const slugs = rows.map(({ slug }) => slug)
  expect(new Set(slugs).size).toBe(9)
  expect(slugs[0]).toBe('my-app')
  expect(slugs[5]).toBe('project')
  expect(slugs[6]).toBe('project-2')
  expect(slugs.slice(7).sort()).toEqual(['x', 'x-2'])
})

test('a child is registered with its parent, which nobody has heard of', async () => {
  await record({ session: 'one', child: 'kid', type: 'subagent_started', signal: CHILD_STARTED })
  const agents = await fleet.query(
    `SELECT agent.key, parent.key AS parent, agent.project_id = parent.project_id AS same
     FROM agents agent LEFT JOIN agents parent ON parent.id = agent.parent_id ORDER BY 1`,
  )
  expect(agents).toEqual([
    { key: 'test/one', parent: null, same: null },
    { key: 'test/one/kid', parent: 'test/one', same: true },
  ])
  expect(await typesOf()).toEqual([
    'project_changed',
    'session_discovered',
    'subagent_started',
    'state_transition',
    'state_transition',
  ])
})

test('an agent stays in its first project when its directory changes, and registers no other', async () => {
  await record({ project: 'first' }, { project: 'second' })
  await record({ project: 'third' }, { project: 'fourth', child: 'kid' })
  expect(await fleet.query('SELECT name FROM projects')).toEqual([{ name: 'first' }])
  const rows = await fleet.query(
    'SELECT DISTINCT p.name FROM events e JOIN projects p ON p.id = e.project_id',
  )
  expect(rows).toEqual([{ name: 'first' }])
})

test('a key that an agent used in its first group counts in its project ever after', async () => {
  const reports: Said[] = [
    { project: 'first', key: 'a' },
    { project: 'second', key: 'b' },
    { project: 'third', child: 'kid', key: 'c' },
  ]
  expect(await record(...reports)).toMatchObject({ accepted: 3 })
  expect(await record(...reports)).toMatchObject({ accepted: 0, duplicates: 3 })
})

test('what a child reports shows at its parent', async () => {
  const tool = toolOf('t')
  await record({ signal: prompted('Go') }, { signal: STOPPED })
  await record({ child: 'kid', type: 'subagent_started', signal: CHILD_STARTED })
  expect(await stateOf('test/one')).toBe('processing')
  await record(
    { child: 'kid', signal: { kind: 'tool_started', tool, asks: null } },
    { child: 'kid', type: 'ask_opened', signal: { kind: 'permission_requested', tool } },
  )
  expect(await stateOf('test/one')).toBe('awaiting_input')
  await record({ child: 'kid', signal: { kind: 'tool_finished', tool, durationMs: 1 } })
  expect(await stateOf('test/one')).toBe('processing')
  await record({ child: 'kid', type: 'subagent_finished', signal: finished() })
  expect(await stateOf('test/one')).toBe('complete')
})

test('children that a session leaves behind end with it, also those of earlier requests', async () => {
  const start = (child: string): Said => ({ child, signal: CHILD_STARTED })
  await record({ signal: prompted('Go') }, start('a'), start('b'))
  await record(start('c'), {
    type: 'session_ended',
    signal: { kind: 'session_ended', reason: 'x' },
  })
  const agents = await fleet.query('SELECT key, state FROM agents ORDER BY key')
  expect(agents).toEqual(
    ['', '/a', '/b', '/c'].map((id) => ({ key: `test/one${id}`, state: 'ended' })),
  )
  expect(await typesOf('subagent_finished')).toHaveLength(3)
  const [parent] = await fleet.query<{ children: object }>(
    `SELECT memory->'children' AS children FROM agents WHERE parent_id IS NULL`,
  )
  expect(parent?.children).toEqual({})
})

test.each(['together', 'one by one'])(
  'a session that follows a cleared one continues it, and each is continued once (%s)',
  async (how) => {
    const cleared = (session: string): Said => ({
      session,
      type: 'session_ended',
      signal: { kind: 'session_ended', reason: 'clear' },
    })
    const started = (session: string): Said => ({
      session,
      signal: { kind: 'session_started', source: 'clear' },
    })
    const story = [
      { session: 'a' },
      { session: 'other', project: 'other' },
      { ...cleared('other'), project: 'other' },
      cleared('a'),
      // Another hook of the same start may be the first to arrive.
      { session: 'b' },
      started('b'),
      started('c'),
      cleared('c'),
      started('d'),
      started('e'),
    ]
    if (how === 'together') await record(...story)
    else for (const said of story) await record(said)
    const links = await fleet.query(
      `SELECT agent.session_id AS session, before.session_id AS continues
       FROM agents agent LEFT JOIN agents before ON before.id = agent.continues_id ORDER BY 1`,
    )
    expect(links).toEqual([
      { session: 'a', continues: null },
      { session: 'b', continues: 'a' },
      { session: 'c', continues: null },
      { session: 'd', continues: 'c' },
      { session: 'e', continues: null },
      { session: 'other', continues: null },
    ])
  },
)

test.each(['together', 'one by one'])(
  'turns are stored with their own prompts, ids and outcomes (%s)',
  async (how) => {
    const tool = toolOf('t')
    const story: Said[] = [
      { prompt: 'p1', signal: prompted('First') },
      { prompt: 'p1', signal: STOPPED },
      // Its prompt was lost: the turn is not one of the prompt before.
      { prompt: 'p2', signal: { kind: 'tool_started', tool, asks: null } },
      { prompt: 'p2', signal: { kind: 'turn_failed', error: 'rate_limit', details: null } },
      // Its prompt comes late.
      { prompt: 'p3', signal: { kind: 'progressed' } },
      { prompt: 'p3', signal: prompted('Third') },
      // Left without a word.
      { prompt: 'p4', signal: prompted('Third') },
      // Without an id at first.
      { prompt: 'p4', signal: STOPPED },
      { signal: prompted('Fifth') },
      { prompt: 'p5', signal: { kind: 'tool_started', tool, asks: null } },
    ]
    if (how === 'together') await record(...story)
    else for (const said of story) await record(said)
    const turns = await fleet.query(
      `SELECT prompt, prompt_id, outcome, error, closed_at IS NULL AS open
       FROM turns ORDER BY prompt_id`,
    )
    expect(turns).toEqual([
      turn('p1', 'First', 'complete'),
      { ...turn('p2', '', 'errored'), error: 'rate_limit' },
      turn('p3', 'Third', 'interrupted'),
      turn('p4', 'Third', 'complete'),
      { ...turn('p5', 'Fifth', null), open: true },
    ])
  },
)

test('a report that waited for another one of its agent does not set its clock back', async () => {
  await record({ signal: prompted('Go') })
  const blocker = await fleet.psql()
  await blocker.query('BEGIN')
  await blocker.query(`UPDATE agents SET last_seen_at = last_seen_at`)
  const sent = record({ signal: STOPPED })
  await expect.poll(isAnybodyBlocked, { timeout: 10_000 }).toBe(true)
  const { rows } = await blocker.query(
    `UPDATE agents SET last_seen_at = clock_timestamp() RETURNING last_seen_at`,
  )
  await blocker.query('COMMIT')
  await sent
  const [agent] = await fleet.query<{ last_seen_at: Date; state_since: Date }>(
    'SELECT * FROM agents',
  )
  const earlier = rows[0].last_seen_at.getTime()
  expect(agent?.last_seen_at.getTime()).toBeGreaterThanOrEqual(earlier)
  expect(agent?.state_since.getTime()).toBeGreaterThanOrEqual(earlier)
})

test('a large request costs few statements, however many projects and agents it names', async () => {
  const reports = Array.from({ length: 500 }, (_, n) =>
    reportOf({ project: projectOf('app', `key ${n}`), session: `s${n}`, key: `k${n}` }),
  )
  let statements = 0
  const { Recorder } = await import('./recorder')
  const counting = fleet.db.withPlugin({
    transformQuery: ({ node }) => {
      statements++
      return node
    },
    transformResult: async ({ result }) => result,
  })
  const recorder = new Recorder(counting)
  expect(await recorder.record(reports, 1)).toMatchObject({ accepted: 500 })
  expect(statements).toBeLessThan(12)
  statements = 0
  await recorder.record([reportOf({ session: 's1' })], 1)
  expect(statements).toBeLessThanOrEqual(3)
})

function turn(promptId: string, prompt: string, outcome: string | null) {
  return { prompt_id: promptId, prompt, outcome, error: null, open: false }
}

function finished() {
  return { kind: 'child_finished', message: null } as const
}

function record(...said: Said[]) {
  return fleet.recorder.record(said.map(reportOf), 1)
}

async function stateOf(key: string): Promise<string | undefined> {
  const [agent] = await fleet.query<{ state: string }>('SELECT state FROM agents WHERE key = $1', [
    key,
  ])
  return agent?.state
}

/** The types of all rows of the log, or of those of the given types, in their order. */
async function typesOf(...types: string[]): Promise<string[]> {
  const rows = await fleet.query<{ type: string }>(
    'SELECT type FROM events WHERE cardinality($1::text[]) = 0 OR type = ANY($1) ORDER BY id',
    [types],
  )
  return rows.map(({ type }) => type)
}

async function isAnybodyBlocked(): Promise<boolean> {
  const rows = await fleet.query(
    `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  )
  return rows.length > 0
}
