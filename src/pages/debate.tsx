import type { Intervention } from '../../views/components/interventions'
import { transcriptRows } from '../../views/components/transcript'
import {
  type DebateModel,
  DebatePage as DebateView,
  debateRegions,
  goneRegions,
} from '../../views/debate'
import type { PageFrame } from '../../views/layout'
import { type Debate, ENTRY_TYPES, SIDES } from '../debates/debate'
import { findDebate, interventionEntries, newestEntries } from '../debates/read'
import { NotFound } from '../errors/app-error'
import type { Agent } from '../fleet/agent'
import { removedProject } from '../fleet/roster'
import type { EventRow } from '../log/event-row'
import type { LivePage } from '../stream/page-lane'
import { FleetAttention } from './fleet-attention'
import type { PageData } from './page-data'
import type { Topic } from './topic'

const MAX_ENTRIES = 200
const MAX_INTERVENTIONS = 50

const TYPES: ReadonlySet<string> = new Set(ENTRY_TYPES)

/** One debate: who stands for what, what was said, and where it is. */
export class DebatePage implements LivePage {
  readonly renderRows = transcriptRows
  private readonly debateId: string
  private debate: Debate | null = null
  /** Oldest first. */
  private entries: readonly EventRow[] = []
  private hasOlder = false
  private isRemoved = false
  /** Oldest first, whatever their answers are. */
  private interventions: readonly EventRow[] = []
  private readonly attention: FleetAttention
  private readonly agents = new Map<number, Agent>()

  constructor(
    readonly topic: Topic & { page: 'debate' },
    private readonly data: PageData,
  ) {
    this.debateId = topic.debateId
    this.attention = new FleetAttention(data.roster)
  }

  /** Throws NotFound for a debate that is not there, or that may not be seen. */
  async load(): Promise<void> {
    await this.readState()
    const { db } = this.data
    const newest = await newestEntries(db, this.debateId, MAX_ENTRIES + 1)
    this.hasOlder = newest.length > MAX_ENTRIES
    this.entries = newest.slice(-MAX_ENTRIES)
    this.interventions = await interventionEntries(db, this.debateId)
    await this.attention.update()
  }

  concerns(row: EventRow): boolean {
    if (row.debateId === this.debateId || this.hears(row)) return true
    return this.isSpeaker(row) || this.attention.touches(row)
  }

  /** Its project was removed, and the debate with it. */
  hears(row: EventRow): boolean {
    return this.debate !== null && removedProject(row) === this.debate.projectId
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    await this.attention.update()
    // Who speaks is shown as they are now.
    await this.data.roster.preload(this.agentIds())
    const newest = this.entries.at(-1)?.id ?? 0
    const added = rows.filter(
      (row) => row.debateId === this.debateId && row.id > newest && TYPES.has(row.type),
    )
    if (added.length === 0 && !rows.some((row) => this.hears(row))) return
    await this.readState()
    this.hasOlder ||= this.entries.length + added.length > MAX_ENTRIES
    this.entries = [...this.entries, ...added].slice(-MAX_ENTRIES)
    this.interventions = [...this.interventions, ...added.filter(isIntervention)]
  }

  parts() {
    return this.isRemoved ? goneRegions(this.attention.current) : debateRegions(this.model())
  }

  render(frame: PageFrame) {
    if (this.isRemoved) throw new NotFound(`There is no debate “${this.debateId}”`)
    return <DebateView model={this.model()} frame={frame} />
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

  private model(): DebateModel {
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
      attention: this.attention.current,
    }
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
