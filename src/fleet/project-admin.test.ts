import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestFleet, type TestFleet } from '../../test/support/fleet'
import { agentsInSight } from '../../test/support/in-sight'
import { prompted, reportOf, type Said } from '../../test/support/report'
import { projectRights } from '../access/project-rights'
import { BadInput } from '../errors/app-error'
import { readAfter, readBounds } from '../log/history'
import { clearDemo } from './demo-data'
import { ProjectAdmin } from './project-admin'
import { Roster } from './roster'

const ME = { actorId: 'user:1' }

let fleet: TestFleet
let admin: ProjectAdmin
let roster: Roster
let seen: number

beforeEach(async () => {
  fleet = await createTestFleet()
  admin = new ProjectAdmin(fleet.db, projectRights)
  roster = new Roster(fleet.db)
  seen = (await readBounds(fleet.db)).head
  await report({ project: 'web', session: 'one', key: 'first' })
  await report({ project: 'api', session: 'two' })
  await roster.load()
})

afterEach(() => fleet.end())

async function report(said: Said) {
  return fleet.recorder.record([reportOf({ signal: prompted('Go'), ...said })], 1)
}

/** What the log says since the last call, by the way of the roster. */
async function news() {
  const { rows } = await readAfter(fleet.db, seen, { limit: 1_000 })
  seen = rows.at(-1)?.id ?? seen
  await roster.refresh(rows)
  return rows
}

function idOf(slug: string): number {
  const project = roster.projectBySlug(slug)
  if (!project) throw new Error(`no project ${slug}`)
  return project.id
}

function namesInSight(): string[] {
  return [...roster.projects].map(({ name }) => name).sort()
}

describe('A project', () => {
  it('gets another name and keeps its address', async () => {
    await news()
    expect(await admin.rename(idOf('web'), 'Website', 'user:1')).toBe(true)
    const [row] = await news()
    expect(row).toMatchObject({
      type: 'project_changed',
      projectId: idOf('web'),
      actorId: 'user:1',
      summary: 'Project web is now called Website',
      data: { action: 'updated', name: 'Website', previous_name: 'web' },
    })
    expect(roster.projectBySlug('web')?.name).toBe('Website')
    expect(await admin.rename(999_999, 'x', 'user:1')).toBe(false)
    expect(await news()).toEqual([])
  })

  it('that is archived is out of sight until somebody reports from it', async () => {
    await news()
    const web = idOf('web')
    await admin.archive(web, 'user:1')
    expect((await news())[0]?.data).toEqual({ action: 'archived', name: 'web' })
    expect(namesInSight()).toEqual(['api'])
    expect((await agentsInSight(fleet.db, roster)).map(({ sessionId }) => sessionId)).toEqual([
      'two',
    ])
    await report({ project: 'web', session: 'three' })
    await news()
    expect(namesInSight()).toEqual(['api', 'web'])
    expect(
      (await agentsInSight(fleet.db, roster)).map(({ sessionId }) => sessionId).sort(),
    ).toEqual(['three', 'two'])
    await admin.restore(web, 'user:1')
    await news()
    expect(await agentsInSight(fleet.db, roster)).toHaveLength(3)
  })

  it('that is merged into another counts as that one, with what it reports later', async () => {
    await news()
    const [web, api] = [idOf('web'), idOf('api')]
    await fleet.query(
      `INSERT INTO tokens (name, hash, permissions, project_ids, created_by)
       VALUES ('one', 'a', '{read}', $1, 'x'), ('both', 'b', '{read}', $2, 'x')`,
      [[web], [web, api]],
    )
    const changed = {
      type: 'token',
      name: 'one',
      projectIdsBefore: [web],
      projectIdsAfter: [web, api].sort((a, b) => a - b),
    }
    expect(await admin.merge(web, api, ME)).toEqual([{ ...changed, id: expect.any(String) }])
    const bound = await fleet.query('SELECT project_ids AS ids FROM tokens')
    expect(bound).toEqual([{ ids: [api] }, { ids: [api] }])
    const rows = await news()
    expect(rows.map(({ projectId, data }) => [projectId, data.merged_into, data.merged])).toEqual([
      [web, api, undefined],
      [api, undefined, web],
      [null, undefined, undefined],
    ])
    expect(rows.at(-1)).toMatchObject({ type: 'access.token_changed', actorId: 'user:1' })
    expect(namesInSight()).toEqual(['api'])
    expect(roster.project(web)?.id).toBe(api)
    expect(roster.projectBySlug('web')?.id).toBe(api)
    expect(roster.expandMerged([api])).toEqual([web, api].sort((a, b) => a - b))
    expect((await agentsInSight(fleet.db, roster)).map(({ projectId }) => projectId)).toEqual([
      api,
      api,
    ])
    // A known session, and a new one, by the old project's key.
    await report({ project: 'web', session: 'one' })
    await report({ project: 'web', session: 'later' })
    const reported = await news()
    expect(new Set(reported.map(({ projectId }) => projectId))).toEqual(new Set([api]))
    expect(await report({ project: 'web', session: 'one', key: 'first' })).toMatchObject({
      duplicates: 1,
    })
    // What was merged is no project any more that anything could be done to.
    expect(await admin.archive(web, 'user:1')).toBe(false)
    await expect(admin.merge(api, api, ME)).rejects.toThrow(BadInput)
  })

  it('that was merged into one which is merged itself goes along', async () => {
    await report({ project: 'third', session: 'three' })
    await news()
    const [web, api, third] = [idOf('web'), idOf('api'), idOf('third')]
    await admin.merge(web, api, ME)
    await admin.merge(api, third, ME)
    await news()
    expect([roster.project(web)?.id, roster.project(api)?.id]).toEqual([third, third])
    expect(
      new Set((await agentsInSight(fleet.db, roster)).map(({ projectId }) => projectId)),
    ).toEqual(new Set([third]))
  })

  it('of the demo is merged with none that is real, so that the demo can be cleared', async () => {
    await fleet.query(`UPDATE projects SET key = 'repository:demo://muster/x' WHERE name = 'web'`)
    await news()
    const [web, api] = [idOf('web'), idOf('api')]
    await expect(admin.merge(web, api, ME)).rejects.toThrow(BadInput)
    await expect(admin.merge(api, web, ME)).rejects.toThrow(BadInput)
    expect(await clearDemo(fleet.db, 'user:1')).toBe(1)
    const rows = await news()
    expect(rows.map(({ actorId, data }) => [actorId, data.action])).toEqual([['user:1', 'deleted']])
    expect(namesInSight()).toEqual(['api'])
  })

  it('that is removed takes all with it, and what was merged into it', async () => {
    await news()
    const [web, api] = [idOf('web'), idOf('api')]
    await admin.merge(web, api, ME)
    expect(await admin.remove(api, 'user:1')).toBe(true)
    const rows = await news()
    expect(rows.map(({ data }) => data)).toEqual([
      { action: 'deleted', project_id: web, name: 'web' },
      { action: 'deleted', project_id: api, name: 'api' },
    ])
    expect([...roster.projects, ...(await agentsInSight(fleet.db, roster))]).toEqual([])
    const [left] = await fleet.query<{ n: number }>(
      `SELECT (SELECT count(*) FROM projects) + (SELECT count(*) FROM agents)
         + (SELECT count(*) FROM turns) + (SELECT count(*) FROM report_keys)
         + (SELECT count(*) FROM events WHERE project_id IS NOT NULL) AS n`,
    )
    expect(left?.n).toBe(0)
    expect((await report({ project: 'api', session: 'two' })).accepted).toBe(1)
  })
})

it('Reports go on while projects are merged and removed, and none is refused', async () => {
  const reporters = ['a', 'b', 'c', 'd'].map(async (session) => {
    for (let n = 0; n < 25; n++) {
      await report({ project: `p${n % 3}`, session: `${session}${n % 5}` })
    }
  })
  const done = { merged: 0, removed: 0 }
  const changes = (async () => {
    while (done.merged < 5 || done.removed < 5) {
      await news()
      const [one = 0, other = 0] = [...roster.projects].map(({ id }) => id)
      if (one !== other && (await admin.merge(one, other, ME))) done.merged++
      if (await admin.remove(one, 'user:1')) done.removed++
      if (await admin.remove(other, 'user:1')) done.removed++
      await report({ project: 'p1', session: 'z' })
      await report({ project: 'p2', session: 'y' })
    }
  })()
  await expect(Promise.all([...reporters, changes])).resolves.toBeDefined()
})
