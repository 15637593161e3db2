import { sql } from 'kysely'
import type { Database } from '../db/connect'
import type { AgentRecord } from '../db/schema'
import type { EventRow } from '../log/event-row'
import type { Agent, Project } from './agent'
import { AgentRecords } from './agent-records'
import { ProjectBook } from './project-book'
import { removedSession, sessionChange } from './session-change'
import { cardsOf } from './session-family'
import { SessionIndex } from './session-index'
import { toAgent, toProject, type WithUsage } from './stored'
import { factsOf, readAllFacts, readFacts } from './stored-facts'

/**
 * The projects and sessions as they are in the database, read once for each batch of the log and
 * shared by every page: the index knows all of them, and whole records are kept of those that some
 * page shows. Objects are replaced, never changed.
 */
export class Roster {
  /** A viewer without a scope. */
  readonly projectIds: null = null
  private sessions = new SessionIndex()
  private book = new ProjectBook()
  private readonly records = new AgentRecords()
  private reading: Promise<unknown> = Promise.resolve()

  constructor(private readonly db: Database) {}

  /** All sessions that can be shown. */
  get index(): SessionIndex {
    return this.sessions
  }

  /** How many agents are kept whole. */
  get recordCount(): number {
    return this.records.size
  }

  /** All but merged ones, and archived ones without a report since. */
  get projects(): Iterable<Project> {
    return [...this.book.all()].filter(
      ({ id, mergedInto, archivedAt }) =>
        mergedInto === null && (archivedAt === null || this.sessions.hasProject(id)),
    )
  }

  /** The agent as `preload` has read it; null where it was not asked for lately. */
  agent(id: number | null): Agent | null {
    return id === null ? null : this.records.get(id)
  }

  /** The project, or the one that it was merged into. */
  project(id: number | null): Project | null {
    return this.book.find(id)
  }

  /** Another number after each change of a project. */
  get projectsVersion(): number {
    return this.book.version
  }

  /** Ids under which rows of these projects may stand: with those of projects merged into them. */
  expandMerged(projectIds: readonly number[]): number[] {
    return this.book.expandMerged(projectIds)
  }

  projectBySlug(slug: string): Project | null {
    return this.book.findBySlug(slug)
  }

  /** Reads everything again. */
  load(): Promise<void> {
    return this.inTurn(() => this.readAll())
  }

  /** Reads again whom the rows concern, and their parents, whose cards show them. */
  refresh(rows: readonly EventRow[]): Promise<void> {
    return this.inTurn(() => this.readRows(rows))
  }

  /**
   * Makes sure that `agent` knows these agents when the promise is resolved. Those that are no longer
   * in the database leave the index.
   */
  async preload(agentIds: readonly (number | null)[]): Promise<void> {
    const missing = ids(agentIds).filter((id) => !this.records.touch(id))
    if (missing.length > 0) await this.inTurn(() => this.readRecords(missing))
  }

  /** Makes sure that a project is known which has reported but a moment ago. */
  ensureProject(slug: string): Promise<void> {
    return this.inTurn(() => this.readProject(slug))
  }

  /** Evicts agents that no board shows any more, and records that were not asked for lately. */
  evictExpired(now: number): void {
    this.sessions.advance(now)
    this.records.forgetUnused(now)
  }

  /** One read after the other, or an older one that ends late would undo what a newer one found. */
  private inTurn(read: () => Promise<void>): Promise<void> {
    const result = this.reading.then(read)
    this.reading = result.catch(() => undefined)
    return result
  }

  /** Readers meanwhile find what was there before. */
  private async readAll(): Promise<void> {
    const now = Date.now()
    const book = new ProjectBook()
    const sessions = new SessionIndex()
    const projects = await this.db.selectFrom('projects').selectAll().execute()
    for (const record of projects) {
      book.set(toProject(record))
      sessions.setArchived(record.id, record.archived_at?.getTime() ?? null)
    }
    for await (const all of readAllFacts(this.db, now)) {
      for (const facts of all) {
        sessions.set({ ...facts, projectId: book.homeOf(facts.projectId) }, now)
      }
    }
    this.book = book
    this.sessions = sessions
    this.records.clear()
  }

  private async readRows(rows: readonly EventRow[]): Promise<void> {
    const changed = rows.filter((row) => row.type === 'project_changed').map((row) => row.projectId)
    const strangers = ids(rows.map((row) => row.projectId)).filter((id) => !this.book.has(id))
    await this.readProjects([...new Set([...strangers, ...ids(changed)])])
    const decided = rows.flatMap((row) => sessionChange(row)?.agentId ?? [])
    const cards = await cardsOf(this.db, decided)
    await this.readChanged(ids([...rows.map((row) => row.agentId), ...decided, ...cards]))
    for (const row of rows) this.drop(row)
  }

  /** Lets go of what the row says was removed. */
  private drop(row: EventRow): void {
    const project = removedProject(row)
    if (project !== null) {
      this.book.delete(project)
      this.sessions.deleteProject(project)
      this.records.deleteProject(project)
    }
    const session = removedSession(row)
    if (session === null) return
    this.sessions.delete(session)
    this.records.delete(session)
  }

  /** Whom a page shows is read whole again; of all others, what the index has to know. */
  private async readChanged(agentIds: readonly number[]): Promise<void> {
    const found = await readFacts(this.db, agentIds)
    const gone = new Set(agentIds)
    const now = Date.now()
    await this.readStrangers(found)
    for (const facts of found) {
      gone.delete(facts.id)
      if (this.records.get(facts.id)) continue
      this.sessions.set({ ...facts, projectId: this.book.homeOf(facts.projectId) }, now)
    }
    for (const id of gone) this.forget(id)
    const kept = found.map(({ id }) => id).filter((id) => this.records.get(id))
    await this.readRecords(kept, (agent) => this.records.replace(agent))
  }

  private async readRecords(
    agentIds: readonly number[],
    keep: (agent: Agent) => void = (agent) => this.records.set(agent),
  ): Promise<void> {
    if (agentIds.length === 0) return
    const { rows } = await sql<AgentRecord & WithUsage>`
      SELECT agents.*, ${USAGE} AS usage FROM agents
      WHERE id = ANY(${agentIds}::bigint[])`.execute(this.db)
    const gone = new Set(agentIds)
    const now = Date.now()
    await this.readStrangers(rows.map((row) => ({ projectId: row.project_id })))
    for (const row of rows) {
      const agent = toAgent(row)
      // A session that began while its project was being merged can still name the old one.
      const known = { ...agent, projectId: this.book.homeOf(agent.projectId) }
      gone.delete(agent.id)
      keep(known)
      this.sessions.set(factsOf(known), now)
    }
    for (const id of gone) this.forget(id)
  }

  private forget(id: number): void {
    this.sessions.delete(id)
    this.records.delete(id)
  }

  private readStrangers(of: readonly { readonly projectId: number }[]): Promise<void> {
    return this.readProjects(ids(of.map((one) => one.projectId)).filter((id) => !this.book.has(id)))
  }

  private async readProject(slug: string): Promise<void> {
    if (this.projectBySlug(slug)) return
    const record = await this.db
      .selectFrom('projects')
      .select('id')
      .where('slug', '=', slug)
      .executeTakeFirst()
    if (record) await this.readProjects([record.id])
  }

  /** With what was merged into them; their sessions go where the projects have gone. */
  private async readProjects(projectIds: readonly number[]): Promise<void> {
    if (projectIds.length === 0) return
    const { rows } = await sql<Parameters<typeof toProject>[0]>`
      SELECT * FROM projects WHERE id = ANY(${projectIds}::bigint[])
        OR merged_into = ANY(${projectIds}::bigint[])`.execute(this.db)
    for (const record of rows) this.book.set(toProject(record))
    for (const { id, archived_at, merged_into } of rows) {
      this.sessions.setArchived(id, archived_at?.getTime() ?? null)
      if (merged_into === null) continue
      this.sessions.moveProject(id, merged_into)
      this.records.deleteProject(id)
    }
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

/** An array of tokens and dollars; null where nothing is known of them. */
const USAGE = sql<[number, number] | null>`(
  SELECT CASE WHEN count(*) > 0
    THEN json_build_array(sum(input_tokens + output_tokens), sum(cost_usd)) END
  FROM usage_totals_deduplicated AS used WHERE used.agent_id = agents.id)`

function ids(values: readonly (number | null)[]): number[] {
  return [...new Set(values)].filter((id) => id !== null)
}
