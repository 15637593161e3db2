import type { Database } from '../db/connect'
import type { FeedLine, PageFilter } from '../fleet/board'
import { selectsRow } from '../fleet/build-board'
import { isRemoval } from '../fleet/roster'
import type { RosterView } from '../fleet/roster-view'
import type { EventRow } from '../log/event-row'
import { readNewest } from '../log/history'
import type { Scope } from '../log/scope'

const FEED_ROWS = 50

/** The newest rows that a page's filter selects, kept up to date as rows come in. */
export class Feed {
  private newestFirst: FeedLine[] = []

  constructor(
    private readonly db: Database,
    private readonly roster: RosterView,
    private readonly filter: PageFilter,
    private readonly scope: Scope,
  ) {}

  get lines(): readonly FeedLine[] {
    return this.newestFirst
  }

  async load(through: number): Promise<void> {
    const filter = await this.eventFilter()
    const rows = filter ? await readNewest(this.db, { limit: FEED_ROWS, through, filter }) : []
    await this.roster.ensure(rows.map((row) => row.agentId))
    this.newestFirst = rows.map((row) => this.line(row))
  }

  /** Takes rows, oldest first; those that it has or does not want are passed over. */
  add(rows: readonly EventRow[]): void {
    for (const row of rows) if (isRemoval(row)) this.forget(Number(row.data.project_id))
    const newest = this.newestFirst[0]?.row.id ?? 0
    const added = rows.filter((row) => row.id > newest && selectsRow(this.filter, row, this.roster))
    if (added.length === 0) return
    const lines = added.reverse().map((row) => this.line(row))
    this.newestFirst = [...lines, ...this.newestFirst].slice(0, FEED_ROWS)
  }

  private forget(projectId: number): void {
    this.newestFirst = this.newestFirst.filter(({ row }) => row.projectId !== projectId)
  }

  private line(row: EventRow): FeedLine {
    return {
      row,
      project: this.roster.project(row.projectId),
      agent: this.roster.agent(row.agentId),
    }
  }

  /** The page's filter in the words of the log; null where it can select nothing. */
  private async eventFilter() {
    const { projects, agents, states, types } = this.filter
    const found = projects.flatMap((slug) => this.roster.projectBySlug(slug)?.id ?? [])
    if (projects.length > 0 && found.length === 0) return null
    const projectIds = this.roster.withMerged(found)
    const children = agents.length === 0 ? [] : await childrenOf(this.db, agents)
    return { types, states, projectIds, agentIds: [...agents, ...children], scope: this.scope }
  }
}

export async function childrenOf(db: Database, agentIds: readonly number[]): Promise<number[]> {
  const rows = await db
    .selectFrom('agents')
    .select('id')
    .where('parent_id', 'in', [...agentIds])
    .execute()
  return rows.map((row) => row.id)
}
