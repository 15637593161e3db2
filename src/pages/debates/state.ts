import type { Debate } from '../../debates/debate'
import { listDebates } from '../../debates/read'
import type { Project } from '../../fleet/agent'
import { isRemoval } from '../../fleet/roster'
import type { EventRow } from '../../log/event-row'
import type { PageData, PageState } from '../page-state'

const MAX_DEBATES = 100

export interface DebateLine {
  readonly debate: Debate
  readonly project: Project | null
}

/** The newest debates, those that go on first. */
export class DebatesState implements PageState<readonly DebateLine[]> {
  private debates: readonly Debate[] = []

  constructor(private readonly data: PageData) {}

  async load(): Promise<void> {
    this.debates = await listDebates(this.data.db, this.data.scope, { limit: MAX_DEBATES })
  }

  concerns(row: EventRow): boolean {
    return row.debateId !== null || row.type === 'project_changed' || isRemoval(row)
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    if (rows.length > 0) await this.load()
  }

  model(): readonly DebateLine[] {
    const { roster } = this.data
    return this.debates.map((debate) => ({ debate, project: roster.project(debate.projectId) }))
  }
}
