import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { AgentRecord } from '../db/schema'
import type { EventRow } from '../log/event-row'
import type { Agent, Project } from './agent'
import { isArchived, removedSession, sessionChange } from './session-change'
import { cardsOf } from './session-family'
import { toAgent, toProject, type WithUsage } from './stored'

const HOUR_MS = 3_600_000
/** An ended agent leaves the board after this long; it stays in its project's list. */
export const ENDED_SHOWN_MS = HOUR_MS
/** A session that nobody ended and that has been silent for so long leaves the board as well. */
export const SILENT_SHOWN_MS = 7 * 24 * HOUR_MS

/** Of one project; for choices, so the newest ones may be missing. */
const MAX_TYPES = 500

/**
 * All projects, and the agents that pages show, as they are in the database: read once for each
 * batch of the log, shared by every page. Objects are replaced, never changed.
 */
export class Roster {
  private readonly agentsById = new Map<number, Agent>()
  private readonly projectsById = new Map<number, Project>()
  /** By project; under 0 those of none. */
  private readonly typesByProject = new Map<number, Set<string>>()
  private reading: Promise<unknown> = Promise.resolve()

  constructor(private readonly db: Database) {}

  /** All but those that were archived, or whose project was, and that have been silent since. */
  get agents(): Iterable<Agent> {
    return [...this.agentsById.values()].filter((agent) => !this.isPutAway(agent))
  }

  /** All but merged ones, and archived ones from which nobody has reported since. */
  get projects(): Iterable<Project> {
    const inSight = new Set([...this.agents].map((agent) => agent.projectId))
    return [...this.projectsById.values()].filter(
      ({ id, mergedInto, archivedAt }) =>
        mergedInto === null && (archivedAt === null || inSight.has(id)),
    )
  }

  agent(id: number | null): Agent | null {
    return id === null ? null : (this.agentsById.get(id) ?? null)
  }

  /** The project, or the one that it was merged into. */
  project(id: number | null): Project | null {
    const project = id === null ? undefined : this.projectsById.get(id)
    if (!project) return null
    return project.mergedInto === null
      ? project
      : (this.projectsById.get(project.mergedInto) ?? null)
  }

  /** Ids under which rows of these projects may stand: with those of projects merged into them. */
  withMerged(projectIds: readonly number[]): number[] {
    const merged = [...this.projectsById.values()]
      .filter(({ mergedInto }) => mergedInto !== null && projectIds.includes(mergedInto))
      .map(({ id }) => id)
    return [...new Set([...projectIds, ...merged])].sort((a, b) => a - b)
  }

  projectBySlug(slug: string): Project | null {
    for (const project of this.projectsById.values()) {
      if (project.slug === slug) return this.project(project.id)
    }
    return null
  }

  /** The types of event that were reported lately, in any project or in these. */
  types(projectIds?: ReadonlySet<number>): ReadonlySet<string> {
    const types = new Set<string>()
    for (const [id, known] of this.typesByProject) {
      if (!projectIds || projectIds.has(id)) for (const type of known) types.add(type)
    }
    return types
  }

  /** Reads everything anew. */
  load(): Promise<void> {
    return this.inTurn(() => this.readAll())
  }

  /** Reads again whom the rows concern, and their parents, whose cards show them. */
  refresh(rows: readonly EventRow[]): Promise<void> {
    return this.inTurn(() => this.readRows(rows))
  }

  /** Makes sure that these agents are known, for pages that show more than the board does. */
  ensure(agentIds: readonly (number | null)[]): Promise<void> {
    return this.inTurn(() => this.read(ids(agentIds).filter((id) => !this.agentsById.has(id))))
  }

  /** Makes sure that a project is known which has reported but a moment ago. */
  ensureProject(slug: string): Promise<void> {
    return this.inTurn(() => this.readProject(slug))
  }

  /** Lets go of agents that no board shows any more. */
  forgetOld(now: number): void {
    for (const agent of this.agentsById.values()) {
      if (!isShown(agent, now)) this.agentsById.delete(agent.id)
    }
  }

  private isPutAway(agent: Agent): boolean {
    const { archivedAt } = this.projectsById.get(agent.projectId) ?? { archivedAt: null }
    return isArchived(agent) || (archivedAt !== null && agent.heardAt <= archivedAt)
  }

  private dropSession(id: number): void {
    for (const agent of this.agentsById.values()) {
      if (agent.id === id || agent.parentId === id) this.agentsById.delete(agent.id)
    }
  }

  private drop(projectId: number): void {
    this.projectsById.delete(projectId)
    this.typesByProject.delete(projectId)
    for (const agent of this.agentsById.values()) {
      if (agent.projectId === projectId) this.agentsById.delete(agent.id)
    }
  }

  /** One read after the other, or an older one that ends late would undo what a newer one found. */
  private inTurn(read: () => Promise<void>): Promise<void> {
    const result = this.reading.then(read)
    this.reading = result.catch(() => undefined)
    return result
  }

  private async readAll(): Promise<void> {
    const since = new Date(Date.now() - SILENT_SHOWN_MS)
    const agents = await this.db
      .selectFrom('agents')
      .selectAll()
      .select(USAGE_COLUMN)
      .where('heard_at', '>', since)
      .where((where) =>
        where.or([
          where('state', '<>', 'ended'),
          where('state_since', '>', new Date(Date.now() - ENDED_SHOWN_MS)),
        ]),
      )
      .execute()
    const projects = await this.db.selectFrom('projects').selectAll().execute()
    const types = await this.db
      .selectFrom('event_counts')
      .select(['project_id', 'type'])
      .distinct()
      .where('minute', '>', since)
      .limit(MAX_TYPES * 20)
      .execute()
    for (const { project_id, type } of types) this.addType(project_id, type)
    this.agentsById.clear()
    this.projectsById.clear()
    for (const record of projects) this.projectsById.set(record.id, toProject(record))
    for (const record of agents) this.setAgent(record)
  }

  private async readRows(rows: readonly EventRow[]): Promise<void> {
    for (const { projectId, type } of rows) this.addType(projectId ?? 0, type)
    for (const row of rows) if (isRemoval(row)) this.drop(Number(row.data.project_id))
    // Sessions of a project have become those of another.
    if (rows.some(isMerger)) await this.readAll()
    const decided = rows.flatMap((row) => sessionChange(row)?.agentId ?? [])
    for (const row of rows) this.dropSession(removedSession(row) ?? 0)
    await this.read(ids([...rows.map((row) => row.agentId), ...(await cardsOf(this.db, decided))]))
    const strangers = ids(rows.map((row) => row.projectId)).filter(
      (id) => !this.projectsById.has(id),
    )
    const changed = rows.filter((row) => row.type === 'project_changed').map((row) => row.projectId)
    await this.readProjects([...new Set([...strangers, ...ids(changed)])])
  }

  /** A session that began while its project was being merged can still name the old one. */
  private setAgent(record: AgentRecord): void {
    const { mergedInto } = this.projectsById.get(record.project_id) ?? { mergedInto: null }
    const agent = toAgent(record)
    this.agentsById.set(agent.id, mergedInto === null ? agent : { ...agent, projectId: mergedInto })
  }

  private addType(projectId: number, type: string): void {
    const known = this.typesByProject.get(projectId)
    if (!known) this.typesByProject.set(projectId, new Set([type]))
    else if (known.size < MAX_TYPES) known.add(type)
  }

  private async read(agentIds: readonly number[]): Promise<void> {
    if (agentIds.length === 0) return
    const { rows } = await sql<AgentRecord & WithUsage>`
      SELECT agents.*, ${USAGE} AS usage FROM agents WHERE id = ANY(${agentIds}::bigint[])
        OR id IN (SELECT parent_id FROM agents WHERE id = ANY(${agentIds}::bigint[]))`.execute(
      this.db,
    )
    for (const record of rows) this.setAgent(record)
    await this.readProjects(
      ids(rows.map((row) => row.project_id)).filter((id) => !this.projectsById.has(id)),
    )
  }

  private async readProject(slug: string): Promise<void> {
    if (this.projectBySlug(slug)) return
    const record = await this.db
      .selectFrom('projects')
      .selectAll()
      .where('slug', '=', slug)
      .executeTakeFirst()
    if (record) this.projectsById.set(record.id, toProject(record))
  }

  private async readProjects(projectIds: readonly number[]): Promise<void> {
    if (projectIds.length === 0) return
    const records = await this.db
      .selectFrom('projects')
      .selectAll()
      .where('id', 'in', [...projectIds])
      .execute()
    for (const record of records) this.projectsById.set(record.id, toProject(record))
  }
}

/** A project that is gone cannot be named in the row's own column. */
export function isRemoval(row: EventRow): boolean {
  return row.type === 'project_changed' && row.data.action === 'deleted'
}

/** The project that the row says was removed; null for any other row. */
export function removedProject(row: EventRow): number | null {
  return isRemoval(row) ? Number(row.data.project_id) : null
}

/** A project was merged into the one that the row is about. */
export function isMerger(row: EventRow): boolean {
  return row.type === 'project_changed' && row.data.merged !== undefined
}

export function isShown(agent: Agent, now: number): boolean {
  if (now - agent.heardAt.getTime() >= SILENT_SHOWN_MS) return false
  return agent.state !== 'ended' || now - agent.stateSince.getTime() < ENDED_SHOWN_MS
}

/** An array of tokens and dollars; null where nothing is known of them. */
const USAGE = sql<[number, number] | null>`(
  SELECT CASE WHEN count(*) > 0
    THEN json_build_array(sum(input_tokens + output_tokens), sum(cost_usd)) END
  FROM usage_totals_once AS used WHERE used.agent_id = agents.id)`
const USAGE_COLUMN = USAGE.as('usage')

function ids(values: readonly (number | null)[]): number[] {
  return [...new Set(values)].filter((id) => id !== null)
}
