import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { prompted, reportOf } from '../../test/support/report'
import { until } from '../../test/support/wait'
import { projectRights } from '../access/project-rights'
import { ProjectAdmin } from './project-admin'

let fleet: TestFleet
let web: number

beforeEach(async () => {
  fleet = await createTestFleet()
  await report()
  const [project] = await fleet.query<{ id: number }>(`SELECT id FROM projects WHERE name = 'web'`)
  web = Number(project?.id)
})
afterEach(() => fleet.end())

function report(recorder = fleet.recorder) {
  return recorder.record([reportOf({ project: 'web', session: 'one', signal: prompted('Go') })], 1)
}

/** Somebody waits for a lock of this kind. */
async function waitsFor(locktype: string): Promise<boolean> {
  const waiting = await fleet.query(
    `SELECT FROM pg_locks WHERE NOT granted AND locktype = $1
       AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
    [locktype],
  )
  return waiting.length > 0
}

async function left(): Promise<number> {
  const [row] = await fleet.query<{ n: number }>(
    `SELECT (SELECT count(*) FROM projects) + (SELECT count(*) FROM agents)
       + (SELECT count(*) FROM events WHERE project_id IS NOT NULL)
       + (SELECT count(*) FROM event_totals WHERE project_id <> 0) AS n`,
  )
  return Number(row?.n)
}

it('Who appends to the log never waits for a removal that waits for the log', async () => {
  const writer = await fleet.psql()
  await writer.query('BEGIN')
  await writer.query(`SELECT pg_advisory_xact_lock(hashtext('muster.events'))`)
  const removal = new ProjectAdmin(fleet.db, projectRights).remove(web, 'user:1')
  await until('the removal waits for the log', () => waitsFor('advisory'))
  // Shorter than it takes the database to see a deadlock.
  await writer.query(`SET LOCAL lock_timeout = '500ms'`)
  await writer.query(`INSERT INTO events (type, project_id) VALUES ('project_changed', $1)`, [web])
  await writer.query('COMMIT')
  expect(await removal).toBe(true)
  expect(await left()).toBe(0)
})

it('Reports do not wait while the rows of their project are removed', async () => {
  const reader = await fleet.psql()
  await reader.query('BEGIN')
  await reader.query('SELECT FROM events WHERE project_id = $1 FOR UPDATE', [web])
  const removal = new ProjectAdmin(fleet.db, projectRights).remove(web, 'user:1')
  await until('the removal is at the rows', () => waitsFor('transactionid'))
  const impatient = fleet.another({ lockTimeoutMs: 300 })
  expect((await report(impatient)).accepted).toBe(1)
  await reader.query('COMMIT')
  expect(await removal).toBe(true)
  expect(await left()).toBe(0)
})
