import type { Database } from '../db/connect'
import { type EventFilter, type Filter, sorted } from '../filter/filter'
import type { Place } from '../filter/place'
import { matchesRow, resolver } from '../filter/select'
import { toEventQuery } from '../filter/sql'
import type { FeedLine } from '../fleet/board'
import { directoryOf } from '../fleet/directory'
import { removedProject } from '../fleet/roster'
import { removedSession, sessionOfRow } from '../fleet/session-change'
import type { EventRow } from '../log/event-row'
import { isVisible } from '../log/scope'
import { findAmong, findWhatIsIndexed, type SearchGap } from '../log/search'
import type { EventQuery } from '../log/search-query'
import type { PageData } from './page-state'
import { removesProjectOf } from './removal'

const FEED_ROWS = 50
const MAX_REMOVED = 100

/**
 * The newest rows that a page's filter selects, kept up to date as rows come in; or those of a place
 * further back, which stay as they are.
 */
export class Feed {
  private readonly resolved: () => EventFilter
  private newestFirst: FeedLine[] = []
  /** There are rows that the filter selects below these, and above. */
  hasOlder = false
  hasNewer = false
  /** What a search for words has left out. */
  gap: SearchGap | null = null
  /** How many rows have come in since it was loaded: more than it keeps. */
  addedCount = 0
  /** Projects and sessions that were removed since then, the last ones; rows of others tell nothing of that. */
  removedProjects: readonly number[] = []
  removedSessions: readonly number[] = []

  constructor(
    private readonly data: Pick<PageData, 'db' | 'roster' | 'scope'>,
    private readonly filter: Filter,
  ) {
    const { roster, scope } = data
    this.resolved = resolver(filter, directoryOf(roster), scope, { withSubagents: true })
  }

  get lines(): readonly FeedLine[] {
    return this.newestFirst
  }

  /** The row up to which it was loaded or given rows, and from where it looks. */
  private loaded: { through: number; place: Place | null } = { through: 0, place: null }

  async load(through: number, place: Place | null = null): Promise<void> {
    this.loaded = { through, place }
    const query = await this.query()
    const limit = FEED_ROWS + 1
    const { rows, gap } = await findWhatIsIndexed(this.data.db, query, { limit, through, ...place })
    this.gap = gap
    const isUpward = place !== null && 'after' in place
    const more = rows.length > FEED_ROWS
    this.hasOlder = isUpward || more
    this.hasNewer = isUpward ? more : place !== null
    const shown = isUpward ? rows.slice(-FEED_ROWS) : rows.slice(0, FEED_ROWS)
    await this.data.roster.preload(shown.map((row) => row.agentId))
    this.newestFirst = shown.map((row) => this.line(row))
  }

  /** Searches again what was not in the index yet; nothing where nothing was left out. */
  async fillGap(): Promise<void> {
    if (this.gap) await this.load(this.loaded.through, this.loaded.place)
  }

  /** Whether the filter lets the row in, but for its words: those only the database can judge. */
  mayShow(row: EventRow): boolean {
    return matchesRow(this.resolved(), row)
  }

  /** Whether the row is of a project that the filter selects. */
  isOfProjects({ projectId }: EventRow): boolean {
    const { projects } = this.resolved()
    return projects === null || (projectId !== null && projects.includes(projectId))
  }

  /** Whether rows that it may have leave it with a project that was removed. */
  losesProject(row: EventRow): boolean {
    return removesProjectOf(this.data.scope, row)
  }

  /** Takes rows, oldest first; those that it has or does not want are passed over. */
  async add(rows: readonly EventRow[]): Promise<void> {
    const through = Math.max(this.loaded.through, rows.at(-1)?.id ?? 0)
    this.loaded = { ...this.loaded, through }
    for (const row of rows) {
      if (this.losesProject(row)) this.forget(removedProject(row) ?? 0)
      this.forgetSession(removedSession(row))
    }
    const newest = this.newestFirst[0]?.row.id ?? 0
    const wanted = rows.filter((row) => row.id > newest && this.mayShow(row))
    const added = await this.found(
      wanted.filter((row) => isVisible(this.data.scope, row) || this.losesProject(row)),
    )
    if (added.length === 0) return
    await this.data.roster.preload(added.map((row) => row.agentId))
    const lines = [...added].reverse().map((row) => this.line(row))
    this.addedCount += lines.length
    const all = [...lines, ...this.newestFirst]
    if (all.length > FEED_ROWS) this.hasOlder = true
    this.newestFirst = all.slice(0, FEED_ROWS)
  }

  /** Of these rows the ones that have the words in them. */
  private async found(rows: readonly EventRow[]): Promise<readonly EventRow[]> {
    if (!this.filter.text || rows.length === 0) return rows
    const query = await this.query()
    const ids = await findAmong(
      this.data.db,
      rows.map((row) => row.id),
      query,
    )
    return rows.filter((row) => ids.has(row.id))
  }

  private forget(projectId: number): void {
    this.newestFirst = this.newestFirst.filter(({ row }) => row.projectId !== projectId)
    this.removedProjects = withLast(this.removedProjects, projectId)
  }

  private forgetSession(id: number | null): void {
    if (id === null) return
    this.newestFirst = this.newestFirst.filter(({ row }) => sessionOfRow(row) !== id)
    this.removedSessions = withLast(this.removedSessions, id)
  }

  private line(row: EventRow): FeedLine {
    return {
      row,
      project: this.data.roster.project(row.projectId),
      agent: this.data.roster.agent(row.agentId),
    }
  }

  /** What the page asks of the log. */
  private async query(): Promise<EventQuery> {
    const filter = this.resolved()
    if (!filter.agents) return toEventQuery(filter)
    const children = await childrenOf(this.data.db, filter.agents)
    return toEventQuery({ ...filter, agents: sorted([...filter.agents, ...children]) })
  }
}

function withLast(ids: readonly number[], id: number): readonly number[] {
  return ids.includes(id) ? ids : [...ids, id].slice(-MAX_REMOVED)
}

async function childrenOf(db: Database, agentIds: readonly number[]): Promise<number[]> {
  const rows = await db
    .selectFrom('agents')
    .select('id')
    .where('parent_id', 'in', [...agentIds])
    .execute()
  return rows.map((row) => row.id)
}
