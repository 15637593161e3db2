import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { agentsInSight } from '../../test/support/in-sight'
import { CHILD_STARTED, prompted, reportOf, type Said } from '../../test/support/report'
import { BadInput } from '../errors/app-error'
import { readAfter, readBounds } from '../log/history'
import { serializeEvent, toFeedItem } from '../log/serialize'
import { Roster } from './roster'
import { SessionAdmin } from './session-admin'

let fleet: TestFleet
let admin: SessionAdmin
let roster: Roster
let seen: number

beforeEach(async () => {
  fleet = await createTestFleet()
  admin = new SessionAdmin(fleet.db)
  roster = new Roster(fleet.db)
  seen = (await readBounds(fleet.db)).head
  await report({ session: 'one', key: 'first' })
  await report({ session: 'one', child: 'a', signal: CHILD_STARTED })
  await report({ session: 'two' })
  await roster.load()
  await news()
})
afterEach(() => fleet.end())

function report(said: Said) {
  return fleet.recorder.record([reportOf({ signal: prompted('Go'), ...said })], 1)
}

/** What the log says since the last call, by the way of the roster. */
async function news() {
  const { rows } = await readAfter(fleet.db, seen, { limit: 1_000 })
  seen = rows.at(-1)?.id ?? seen
  await roster.refresh(rows)
  return rows
}

async function idOf(key: string): Promise<number> {
  const [row] = await fleet.query<{ id: number }>('SELECT id FROM agents WHERE key = $1', [
    `test/${key}`,
  ])
  return Number(row?.id)
}

async function keysInSight(): Promise<string[]> {
  return (await agentsInSight(fleet.db, roster)).map(({ key }) => key.replace('test/', '')).sort()
}

async function count(from: string, values: unknown[] = []): Promise<number> {
  const [row] = await fleet.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`, values)
  return row?.n ?? 0
}

describe('A session that is archived', () => {
  it('is out of sight with its subagents, and the log says who did it', async () => {
    const one = await idOf('one')
    expect(await admin.archive(one, 'user:1')).toBe(true)
    const rows = await news()
    expect(rows).toMatchObject([
      {
        type: 'agent_updated',
        agentId: one,
        actorId: 'user:1',
        summary: 'Session one was archived',
        data: { action: 'archived', agent_id: one, session_id: 'one', name: 'one' },
      },
    ])
    expect(rows[0]?.projectId).toBe(one && roster.projectBySlug('muster')?.id)
    expect(await keysInSight()).toEqual(['two'])
    // What starts now knows no more of it.
    const later = new Roster(fleet.db)
    await later.load()
    expect((await agentsInSight(fleet.db, later)).map(({ key }) => key)).toEqual(['test/two'])
    expect(await admin.archive(one, 'user:1')).toBe(true)
    expect(await news()).toEqual([])
  })

  it('comes back when it is heard of, and when it is brought back', async () => {
    const one = await idOf('one')
    await admin.archive(one, 'user:1')
    await report({ session: 'one' })
    await news()
    expect(await keysInSight()).toEqual(['one', 'two'])
    await admin.archive(one, 'user:1')
    await news()
    // Of a subagent as well: its session is heard of with it.
    await report({ session: 'one', child: 'a' })
    await news()
    expect(await keysInSight()).toEqual(['one', 'one/a', 'two'])
    await admin.archive(one, 'user:1')
    await news()
    expect(await admin.restore(one, 'user:2')).toBe(true)
    expect(await news()).toMatchObject([
      { actorId: 'user:2', data: { action: 'updated', archived: false, agent_id: one } },
    ])
    expect(await keysInSight()).toEqual(['one', 'one/a', 'two'])
    expect(await admin.restore(one, 'user:2')).toBe(true)
    expect(await news()).toEqual([])
  })

  it('does not bring to light what it went on from', async () => {
    await fleet.query(`UPDATE agents SET continues_id = $1 WHERE id = $2`, [
      await idOf('one'),
      await idOf('two'),
    ])
    await roster.load()
    await admin.archive(await idOf('two'), 'user:1')
    await news()
    expect(await keysInSight()).toEqual([])
    await admin.restore(await idOf('two'), 'user:1')
    await news()
    expect(await keysInSight()).toEqual(['one', 'one/a', 'two'])
  })
})

describe('A session that is removed', () => {
  it('takes its subagents, turns and events with it; what was counted stays', async () => {
    const one = await idOf('one')
    const project = roster.index.agent(one)?.projectId ?? 0
    const family = [one, await idOf('one/a')]
    const events = await count('events WHERE agent_id = ANY($1)', [family])
    const counted = await fleet.query('SELECT * FROM event_totals ORDER BY type')
    await fleet.query(`INSERT INTO event_search (event_id, words) SELECT id, '' FROM events`)
    expect(await admin.remove(one, 'user:1')).toBe(true)
    const [row, ...others] = await news()
    expect(others).toEqual([])
    expect(row).toMatchObject({
      type: 'agent_updated',
      agentId: null,
      projectId: project,
      actorId: 'user:1',
      summary: `Session one was removed with ${events} events`,
      data: { action: 'deleted', agent_id: one, name: 'one', events, subagents: 1 },
    })
    expect(row && serializeEvent(row)).toMatchObject({ agent_id: one, project_id: project })
    expect(row && toFeedItem(row)).toMatchObject({ metadata: { agent_id: one } })
    expect(await keysInSight()).toEqual(['two'])
    expect(roster.agent(one)).toBeNull()
    expect(await count('agents WHERE id = ANY($1)', [family])).toBe(0)
    expect(await count('events WHERE agent_id = ANY($1)', [family])).toBe(0)
    expect(await count('turns WHERE agent_id = ANY($1)', [family])).toBe(0)
    expect(await count('event_search WHERE event_id NOT IN (SELECT id FROM events)')).toBe(0)
    const totals = await fleet.query<{ type: string; count: number }>(
      `SELECT * FROM event_totals WHERE type <> 'agent_updated' ORDER BY type`,
    )
    expect(totals).toEqual(counted)
    expect(await admin.remove(one, 'user:1')).toBe(false)
  })

  it('is a new one when it reports again; a report that is sent again counts once', async () => {
    const one = await idOf('one')
    await admin.remove(one, 'user:1')
    expect(await report({ session: 'one', key: 'first' })).toMatchObject({ duplicates: 1 })
    await report({ session: 'one' })
    await news()
    expect(await keysInSight()).toEqual(['one', 'two'])
    expect(await idOf('one')).not.toBe(one)
  })

  it('leaves the session that went on from it', async () => {
    const [one, two] = [await idOf('one'), await idOf('two')]
    await fleet.query(`UPDATE agents SET continues_id = $1 WHERE id = $2`, [one, two])
    await admin.remove(one, 'user:1')
    expect(await fleet.query(`SELECT id, continues_id FROM agents`)).toEqual([
      { id: two, continues_id: null },
    ])
  })
})

it('A subagent is archived and removed with its session only', async () => {
  const child = await idOf('one/a')
  const message = `Agent ${child} is a subagent of session ${await idOf('one')}`
  for (const change of ['archive', 'restore', 'remove'] as const) {
    const refused = admin[change](child, 'user:1')
    await expect(refused).rejects.toThrow(BadInput)
    await expect(refused).rejects.toThrow(message)
    expect(await admin[change](999_999, 'user:1')).toBe(false)
  }
  expect(await news()).toEqual([])
})
