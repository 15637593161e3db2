import type { Debate } from '../../debates/debate'
import { debatesOf } from '../../debates/read'
import { NotFound } from '../../errors/app-error'
import { ALL_EVENTS } from '../../filter/select'
import type { Agent, Project } from '../../fleet/agent'
import type { Counts, TimelineTurn } from '../../fleet/board'
import { countsOf, selectSessions } from '../../fleet/cut-board'
import { removedProject } from '../../fleet/roster'
import { removedSession } from '../../fleet/session-change'
import type { EventRow } from '../../log/event-row'
import type { PageData, PageState } from '../page-state'
import { Timeline } from './timeline'

const MAX_DEBATES = 10

export interface AgentModel {
  readonly agent: Agent
  readonly project: Project
  readonly parent: Agent | null
  /** Its subagents, oldest first. */
  readonly children: readonly Agent[]
  /** Newest first. */
  readonly turns: readonly TimelineTurn[]
  /** Of all sessions. */
  readonly counts: Counts
  /** In which it speaks, newest first. */
  readonly debates: readonly Pick<Debate, 'id' | 'title'>[]
}

/** One agent: what it does now, and its history turn by turn. */
export class AgentState implements PageState<AgentModel> {
  private readonly timeline: Timeline
  private family: readonly number[] = []
  private debates: readonly Pick<Debate, 'id' | 'title'>[] = []
  private isRemoved = false
  /** The board lets go of those who ended long ago; a page that shows them does not. */
  private readonly known = new Map<number, Agent>()

  constructor(
    private readonly agentId: number,
    private readonly data: PageData,
  ) {
    this.timeline = new Timeline(data, agentId)
  }

  /** Throws NotFound for an agent that never reported. */
  async load(through: number): Promise<void> {
    await this.loadFamily()
    this.agent()
    await this.loadDebates()
    await this.timeline.load(through)
  }

  concerns(row: EventRow): boolean {
    return this.beginsDebate(row) || this.isRemovedBy(row) || this.isOfFamily(row)
  }

  /** Its project was removed, and the agent with it: that row belongs to no project. */
  bypassesScope(row: EventRow): boolean {
    const project = removedProject(row)
    return project !== null && project === this.find(this.agentId)?.projectId
  }

  async update(rows: readonly EventRow[]): Promise<void> {
    this.isRemoved ||= rows.some((row) => this.isRemovedBy(row))
    if (this.isRemoved) return
    if (rows.some((row) => this.beginsDebate(row))) await this.loadDebates()
    // A debate that begins is none of its own rows.
    if (rows.length > 0 && !rows.some((row) => this.isOfFamily(row))) return
    await this.loadFamily()
    await this.timeline.add(rows)
  }

  model(): AgentModel | null {
    if (this.isRemoved) return null
    const { roster } = this.data
    const agent = this.agent()
    const project = roster.project(agent.projectId)
    if (!project) throw new Error(`The project of agent ${agent.id} is not in the roster`)
    const children = this.family
      .map((id) => this.find(id))
      .filter((child): child is Agent => child?.parentId === agent.id)
    const counts = countsOf(selectSessions(roster, ALL_EVENTS))
    const parent = agent.parentId === null ? null : this.find(agent.parentId)
    const { debates, timeline } = this
    return { agent, project, parent, children, turns: timeline.turns, counts, debates }
  }

  /** Its parent and its children, ended ones too: the board has let go of those. */
  private async loadFamily(): Promise<void> {
    const { db, roster } = this.data
    const rows = await db
      .selectFrom('agents')
      .select(['id', 'parent_id'])
      .where((where) =>
        where.or([where('id', '=', this.agentId), where('parent_id', '=', this.agentId)]),
      )
      .orderBy('id')
      .execute()
    const ids = rows.flatMap((row) => (row.parent_id === null ? [row.id] : [row.id, row.parent_id]))
    this.family = [...new Set(ids)]
    await roster.preload(this.family)
    for (const id of this.family) this.remember(roster.agent(id))
  }

  private agent(): Agent {
    const agent = this.find(this.agentId)
    if (!agent) throw new NotFound(`There is no agent ${this.agentId}`)
    return agent
  }

  private find(id: number): Agent | null {
    return this.data.roster.agent(id) ?? this.known.get(id) ?? null
  }

  private remember(agent: Agent | null): void {
    if (agent) this.known.set(agent.id, agent)
  }

  private async loadDebates(): Promise<void> {
    this.debates = await debatesOf(this.data.db, this.agentId, MAX_DEBATES)
  }

  private beginsDebate({ type, data }: EventRow): boolean {
    const { agent_ids: ids } = data
    return type === 'debate_created' && Array.isArray(ids) && ids.includes(this.agentId)
  }

  private isRemovedBy(row: EventRow): boolean {
    const session = removedSession(row)
    const parentId = this.find(this.agentId)?.parentId
    return (
      this.bypassesScope(row) || (session !== null && [this.agentId, parentId].includes(session))
    )
  }

  private isOfFamily({ agentId, data }: EventRow): boolean {
    return this.family.includes(agentId ?? 0) || data.parent_agent_id === this.agentId
  }
}
