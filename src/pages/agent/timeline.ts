import type { TurnRecord } from '../../db/schema'
import { ALL_EVENTS } from '../../filter/select'
import { filterSql } from '../../filter/sql'
import type { FeedLine, TimelineTurn } from '../../fleet/board'
import type { EventRow } from '../../log/event-row'
import { readNewest } from '../../log/history'
import { toDate } from '../../log/stored-time'
import type { PageData } from '../page-state'

/** How many rows of an agent's history its page shows. */
const MAX_LINES = 300

/** The newest rows of an agent, put together by the turns that they belong to. */
export class Timeline {
  private rows: EventRow[] = []
  private readonly records = new Map<string, TurnRecord>()
  /** Newest first. */
  turns: readonly TimelineTurn[] = []

  constructor(
    private readonly data: Pick<PageData, 'db' | 'roster'>,
    private readonly agentId: number,
  ) {}

  async load(through: number): Promise<void> {
    // A viewer that may see the agent may see all that it did.
    const where = filterSql({ ...ALL_EVENTS, agents: [this.agentId] })
    const rows = await readNewest(this.data.db, { limit: MAX_LINES, through, where })
    this.rows = rows.reverse()
    await this.group(this.rows)
  }

  /** Takes rows, oldest first; those that it has or that are of others are passed over. */
  async add(rows: readonly EventRow[]): Promise<void> {
    const newest = this.rows.at(-1)?.id ?? 0
    const added = rows.filter((row) => row.id > newest && row.agentId === this.agentId)
    if (added.length === 0) return
    this.rows = [...this.rows, ...added].slice(-MAX_LINES)
    await this.group(added)
  }

  /** `changed` are the rows whose turns have to be read again. */
  private async group(changed: readonly EventRow[]): Promise<void> {
    const ids = [...new Set(changed.map((row) => row.turnId))].filter((id) => id !== null)
    await this.readTurns([...ids, ...this.openTurns()])
    const groups: { turnId: string | null; lines: FeedLine[] }[] = []
    const byTurn = new Map<string, FeedLine[]>()
    for (const row of this.rows) {
      const known = row.turnId === null ? undefined : byTurn.get(row.turnId)
      const last = groups.at(-1)
      if (known) known.push(this.line(row))
      else if (row.turnId === null && last?.turnId === null) last.lines.push(this.line(row))
      else {
        const lines = [this.line(row)]
        groups.push({ turnId: row.turnId, lines })
        if (row.turnId !== null) byTurn.set(row.turnId, lines)
      }
    }
    this.turns = groups.reverse().map(({ turnId, lines }) => this.turn(turnId, lines))
  }

  private openTurns(): string[] {
    return [...this.records.values()]
      .filter((turn) => turn.closed_at === null)
      .map((turn) => turn.id)
  }

  private async readTurns(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const records = await this.data.db
      .selectFrom('turns')
      .selectAll()
      .where('id', 'in', [...new Set(ids)])
      .execute()
    for (const record of records) this.records.set(record.id, record)
  }

  private turn(turnId: string | null, lines: readonly FeedLine[]): TimelineTurn {
    const record = turnId === null ? undefined : this.records.get(turnId)
    return {
      id: turnId,
      openedAt: record ? toDate(record.opened_at) : (lines[0]?.row.at ?? new Date(0)),
      closedAt: record?.closed_at ? toDate(record.closed_at) : null,
      outcome: record?.outcome ?? null,
      prompt: record?.prompt ?? '',
      lines,
    }
  }

  private line(row: EventRow): FeedLine {
    return {
      row,
      project: this.data.roster.project(row.projectId),
      agent: this.data.roster.agent(row.agentId),
    }
  }
}
