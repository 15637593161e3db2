import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import type { ProjectRecord, Schema } from '../db/schema'
import { BadInput } from '../errors/app-error'
import { appendEvents } from '../log/append'
import type { JsonObject } from '../log/event-row'
import { isDemoKey } from './demo-data'
import { type ProjectRights, type RightsChange, RightsNotAgreed } from './project-rights'
import { removeProjects } from './remove-projects'

interface MergeOptions {
  readonly actorId: string
  /** Whether these changes of rights were shown and wanted; without it, all are. */
  readonly isAgreed?: (changes: readonly RightsChange[]) => boolean
}

/**
 * What people decide about projects. Each is one transaction with a row of the log that names the
 * actor; false for a project that there is not, or that was merged into another.
 */
export class ProjectAdmin {
  constructor(
    private readonly db: Database,
    private readonly rights: ProjectRights,
  ) {}

  /** Gives it another name; its address stays, so that links go on leading there. */
  rename(id: number, name: string, actorId: string): Promise<boolean> {
    return this.change([id], async (trx, [project]) => {
      if (!project || project.name === name) return
      await trx.updateTable('projects').set({ name }).where('id', '=', id).execute()
      const data = { action: 'updated', name, previous_name: project.name }
      await tell(trx, id, `Project ${project.name} is now called ${name}`, data, actorId)
    })
  }

  /** Puts away all its sessions that are not heard of again. */
  archive(id: number, actorId: string): Promise<boolean> {
    return this.change([id], async (trx, [project]) => {
      if (!project) return
      const now = sql<Date>`clock_timestamp()`
      await trx.updateTable('projects').set({ archived_at: now }).where('id', '=', id).execute()
      const data = { action: 'archived', name: project.name }
      await tell(trx, id, `Project ${project.name} was archived`, data, actorId)
    })
  }

  restore(id: number, actorId: string): Promise<boolean> {
    return this.change([id], async (trx, [project]) => {
      if (!project?.archived_at) return
      await trx.updateTable('projects').set({ archived_at: null }).where('id', '=', id).execute()
      const data = { action: 'updated', name: project.name }
      await tell(trx, id, `Project ${project.name} is back from the archive`, data, actorId)
    })
  }

  /**
   * Makes one project count as another: its sessions move, its rows in the log stay as they were
   * written and are found under the other, and what reports by its key from now on goes there. Tokens
   * and accounts bound to one see both; returns whose rights have changed, or null where `change` says
   * false. Nothing is done if `isAgreed` refuses these. Throws BadInput or RightsNotAgreed.
   */
  async merge(
    id: number,
    intoId: number,
    { actorId, isAgreed = () => true }: MergeOptions,
  ): Promise<readonly RightsChange[] | null> {
    if (id === intoId) throw new BadInput(null, 'A project cannot be merged into itself')
    let changes: readonly RightsChange[] = []
    const isThere = await this.change([id, intoId], async (trx, projects) => {
      const from = projects.find((project) => project.id === id)
      const into = projects.find((project) => project.id === intoId)
      if (!from || !into) return
      if (isDemoKey(from.key) !== isDemoKey(into.key)) {
        throw new BadInput(null, 'A project of the demo and a real one cannot be merged')
      }
      changes = await this.rights.merge(trx, { id, intoId })
      if (!isAgreed(changes)) throw new RightsNotAgreed(intoId, changes)
      await moveRows(trx, id, intoId)
      const gone = { action: 'archived', name: from.name, merged_into: intoId }
      await tell(trx, id, `Project ${from.name} was merged into ${into.name}`, gone, actorId)
      const grown = { action: 'updated', name: into.name, merged: id }
      await tell(trx, intoId, `Project ${from.name} is part of ${into.name} now`, grown, actorId)
      await this.rights.note(trx, changes, { id, intoId, actor: actorId })
    })
    return isThere ? changes : null
  }

  /** Removes it with all that was ever reported in it, and in what was merged into it. */
  remove(id: number, actorId: string): Promise<boolean> {
    return this.change([id], async (trx, [project]) => {
      if (!project) return
      const merged = await trx
        .selectFrom('projects')
        .select(['id', 'name'])
        .where('merged_into', '=', id)
        .execute()
      await removeProjects(trx, [...merged, project], actorId)
    })
  }

  /** The first of the ids is the project that is changed, which may be missing. */
  private change(
    ids: readonly [number, ...number[]],
    work: (trx: Kysely<Schema>, projects: readonly ProjectRecord[]) => Promise<void>,
  ): Promise<boolean> {
    return retryConflicts(this.db, async (trx) => {
      const projects = await trx
        .selectFrom('projects')
        .selectAll()
        .where('id', 'in', [...ids])
        .where('merged_into', 'is', null)
        .orderBy('id')
        // Reports go on meanwhile: rows that refer to a project need it to be there, no more.
        .forNoKeyUpdate()
        .execute()
      const missing = ids.find((id) => !projects.some((project) => project.id === id))
      if (missing !== undefined && missing === ids[0]) return false
      if (missing !== undefined) throw new BadInput(null, `There is no project ${missing}`)
      await work(trx, projects)
      return true
    })
  }
}

async function moveRows(trx: Kysely<Schema>, id: number, intoId: number): Promise<void> {
  // In the order in which reports lock them.
  await sql`SELECT FROM agents WHERE project_id = ${id} ORDER BY key FOR NO KEY UPDATE`.execute(trx)
  await trx.updateTable('agents').set({ project_id: intoId }).where('project_id', '=', id).execute()
  // A report that is sent again counts once, wherever it counts now.
  await sql`
    INSERT INTO report_keys (project_id, key, at)
    SELECT ${intoId}, key, at FROM report_keys WHERE project_id = ${id} ORDER BY key
    ON CONFLICT DO NOTHING`.execute(trx)
  await sql`UPDATE debates SET project_id = ${intoId} WHERE project_id = ${id}`.execute(trx)
  await trx
    .updateTable('projects')
    .set({ merged_into: intoId })
    .where((where) => where.or([where('id', '=', id), where('merged_into', '=', id)]))
    .execute()
}

async function tell(
  trx: Kysely<Schema>,
  projectId: number,
  summary: string,
  data: JsonObject,
  actorId: string,
): Promise<void> {
  const nobody = { agentId: null, turnId: null, state: null, reportedAt: null }
  await appendEvents(trx, [
    { ...nobody, type: 'project_changed', projectId, summary, data, actorId },
  ])
}
