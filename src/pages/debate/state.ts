import type { Intervention } from '../../../views/components/interventions'
import { type Debate, ENTRY_TYPES, SIDES } from '../../debates/debate'
import { findDebate, interventionEntries, newestEntries } from '../../debates/read'
import { NotFound } from '../../errors/app-error'
import type { Agent, Project } from '../../fleet/agent'
import { removedProject } from '../../fleet/roster'
import type { EventRow } from '../../log/event-row'
import type { PageData, PageState } from '../page-state'

const MAX_ENTRIES = 200
const MAX_INTERVENTIONS = 50

const TYPES: ReadonlySet<string> = new Set(ENTRY_TYPES)

export interface DebateModel {
  readonly debate: Debate
  /** Null once it has been removed. */
  readonly project: Project | null
  readonly agents: readonly Agent[]
  /** The newest ones, oldest first. */
  readonly entries: readonly EventRow[]
  /** There are more than those. */
  readonly hasOlder: boolean
  /** Newest first. */
  readonly interventions: readonly Intervention[]
}

/** One debate: who stands for what, what was said, and where it is. */
export class DebateState implements PageState<DebateModel> {
  private debate: Debate | null = null
  /** Oldest first. */
  private entries: readonly EventRow[] = []
  private hasOlder = false
  private isRemoved = false
  /** Oldest first, whatever their answers are. */
  private interventions: readonly EventRow[] = []
  private readonly agents = new Map<number, Agent>()

  constructor(
    private readonly debateId: string,
    private readonly data: PageData,
  ) {}

  /** Throws NotFound for a debate that is not there, or that may not be seen. */
  async load(): Promise<void> {
    await this.readState()
    const { db } = this.data
    const newest = await newestEntries(db, this.debateId, MAX_ENTRIES + 1)
    this.hasOlder = newest.length > MAX_ENTRIES
    this.entries = newest.slice(-MAX_ENTRIES)
    this.interventions = await interventionEntries(db, this.debateId)
  }

  concerns(row: EventRow): boolean {
    return row.debateId === this.debateId || this.bypassesScope(row) || this.isSpeaker(row)
  }

  /** Its project was removed, and the debate with it. */
  bypassesScope(row: EventRow): boolean {
    return this.debate !== null && removedProject(row) === this.debate.projectId
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    // Who speaks is shown as they are now.
    await this.data.roster.preload(this.agentIds())
    const newest = this.entries.at(-1)?.id ?? 0
    const added = rows.filter(
      (row) => row.debateId === this.debateId && row.id > newest && TYPES.has(row.type),
    )
    if (added.length === 0 && !rows.some((row) => this.bypassesScope(row))) return
    await this.readState()
    this.hasOlder ||= this.entries.length + added.length > MAX_ENTRIES
    this.entries = [...this.entries, ...added].slice(-MAX_ENTRIES)
    this.interventions = [...this.interventions, ...added.filter(isIntervention)]
  }

  model(): DebateModel | null {
    if (this.isRemoved) return null
    const { roster } = this.data
    const { debate } = this
    if (!debate) throw new Error('The page of a debate was not loaded')
    for (const id of this.agentIds()) {
      const agent = roster.agent(id)
      if (agent) this.agents.set(id, agent)
    }
    return {
      debate,
      project: roster.project(debate.projectId),
      agents: [...this.agents.values()],
      entries: this.entries,
      hasOlder: this.hasOlder,
      interventions: pairUp(this.interventions),
    }
  }

  private async readState(): Promise<void> {
    const { db, scope, roster } = this.data
    const found = await findDebate(db, this.debateId, scope)
    if (!found && !this.debate) throw new NotFound(`There is no debate “${this.debateId}”`)
    this.isRemoved = !found
    if (!found) return
    this.debate = found.debate
    await roster.preload(this.agentIds())
  }

  private agentIds(): number[] {
    return SIDES.flatMap((side) => this.debate?.sides[side]?.agentId ?? [])
  }

  private isSpeaker({ agentId }: EventRow): boolean {
    return agentId !== null && this.agentIds().includes(agentId)
  }
}

function isIntervention({ type }: EventRow): boolean {
  return type === 'intervention' || type === 'intervention_response'
}

/** Each intervention with its answer, newest first. */
function pairUp(entries: readonly EventRow[]): Intervention[] {
  const answers = new Map(
    entries
      .filter(({ type }) => type === 'intervention_response')
      .map((row) => [row.data.intervention_id, row]),
  )
  return entries
    .filter(({ type }) => type === 'intervention')
    .map((put) => ({ put, answer: answers.get(put.data.intervention_id) ?? null }))
    .slice(-MAX_INTERVENTIONS)
    .reverse()
}
