import pg from 'pg'
import { newMemory } from '../../src/fleet/machine/memory'

/** Sessions that a bench reports of; they are the first ones, and idle. */
export const REPORTING = 200
const PROJECT_SIZE = 10

/** The session that hooks report as the n-th, from 1 on. */
export const sessionOf = (n: number) => `bench-${n}`

/**
 * Puts so many sessions into an empty database, ten in each project, as a fleet of them leaves it
 * behind: most are idle, some sessions await input, a few have failed. Takes seconds.
 */
export async function fillFleet(url: string, sessions: number): Promise<void> {
  const memory = JSON.stringify(newMemory('', Date.now()))
  await run(url, [
    `INSERT INTO projects (key, slug, name, path)
     SELECT 'path::/srv/bench-' || n, 'bench-' || n, 'bench-' || n, '/srv/bench-' || n
     FROM generate_series(1, ${Math.ceil(sessions / PROJECT_SIZE)}) AS n`,
    `WITH drawn AS (
       SELECT n, CASE WHEN n <= ${REPORTING} THEN 'idle' WHEN n % 20 = 0 THEN 'awaiting_input'
         WHEN n % 50 = 1 THEN 'errored' ELSE 'idle' END AS state,
         (extract(epoch FROM now()) * 1000)::bigint AS ms
       FROM generate_series(1, ${sessions}) AS n)
     INSERT INTO agents (project_id, reporter, key, session_id, name, last_seen_at, state, state_since,
       confirmed_at, confirmed_by, memory)
     SELECT projects.id, 'claude-code', 'claude-code/bench-' || n, 'bench-' || n, 'bench-' || n,
       now(), state, now(), now(), 'hook',
       '${memory}'::jsonb || jsonb_build_object('key', 'claude-code/bench-' || n, 'state', state,
         'reported', CASE WHEN state = 'idle' THEN NULL ELSE state END, 'reportedAt', ms,
         'heardAt', ms, 'lastMessage', 'All of the tests of this part pass again.')
     FROM drawn JOIN projects
       ON projects.slug = 'bench-' || (1 + (n - 1) / ${PROJECT_SIZE})`,
    `INSERT INTO events (type, project_id, agent_id, state, summary)
     SELECT 'session_discovered', project_id, id, state, 'Session ' || name || ' reports for the first time'
     FROM agents ORDER BY id LIMIT 1000`,
    'ANALYZE',
  ])
}

/** Adds so many rows to the log, all of them of sessions that work. */
export async function fillLog(url: string, events: number): Promise<void> {
  await run(url, [
    `INSERT INTO events (type, project_id, agent_id, state, summary)
     SELECT 'tool_finished', project_id, id, 'processing', 'Read src/index.ts'
     FROM generate_series(1, ${Math.ceil(events / REPORTING)}),
       (SELECT id, project_id FROM agents ORDER BY id LIMIT ${REPORTING}) AS agents`,
    'ANALYZE events',
  ])
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
