import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import { type Admission, admit } from './admission'
import { type AgentRecordUpdate, Changes } from './changes'
import {
  addMissing,
  type FoundProject,
  findProjects,
  lockAgents,
  newAgent,
  reserveAgentIds,
} from './registered-rows'
import { keysOf, type Report, type ReportedAgent, type ReportedProject } from './report'
import type { ReportJob } from './report-job'
import { findContinuedSessions } from './session-continuation'
import { settle } from './settle'

/**
 * The agents that a group of reports is about: known ones, locked, and new ones, each announced with
 * its first report.
 */
export class RegisteredAgents {
  private constructor(
    private readonly trx: Kysely<Schema>,
    private readonly changes: Changes,
    private readonly agents: Map<string, AgentRecordUpdate>,
    private readonly homes: ReadonlyMap<string, ReportedProject>,
    private readonly projects: ReadonlyMap<string, FoundProject>,
    private readonly spareIds: number[],
  ) {}

  /** Registers what is new in the jobs, but for those whose sender has brought too much that is. */
  static async lock(
    trx: Kysely<Schema>,
    jobs: readonly ReportJob[],
  ): Promise<{ registry: RegisteredAgents; changes: Changes; admission: Admission }> {
    const { drafts, at } = await lockAgents(trx, [...agentKeys(jobs)])
    const found = await findProjects(trx, settle(reportsOf(jobs), drafts).wanted)
    const admission = admit(jobs, { agents: drafts, projects: found })
    const { homes, wanted } = settle(reportsOf(admission.admitted), drafts)
    const projects = await addMissing(trx, wanted, found)
    const keys = [...agentKeys(admission.admitted)]
    const ids = await reserveAgentIds(trx, keys.filter((key) => !drafts.has(key)).length)
    const changes = new Changes(at)
    const registry = new RegisteredAgents(trx, changes, drafts, homes, projects, ids)
    return { registry, changes, admission }
  }

  /** The project that the report counts in, which is the agent's own wherever it works now. */
  projectIdOf({ agent, project }: Report): number {
    const keys = agent ? keysOf(agent) : []
    for (const key of keys) {
      const draft = this.agents.get(key)
      if (draft) return draft.project_id
    }
    const home = keys.map((key) => this.homes.get(key)).find((found) => found) ?? project
    const id = this.projects.get(home.key)?.id
    if (id === undefined) throw new Error('A report has no project')
    return id
  }

  /** An unknown agent that only a report with more to say may register. */
  isUnregistered({ key, onlyIfKnown }: ReportedAgent): boolean {
    return onlyIfKnown === true && !this.agents.has(key)
  }

  /** Writes the row that says that a project is new, before any other row of it. */
  emitProjectCreated(report: Report): number {
    const projectId = this.projectIdOf(report)
    const home = (report.agent && this.homes.get(report.agent.key)) ?? report.project
    const project = this.projects.get(home.key)
    if (!project?.isNew || project.id !== projectId) return projectId
    project.isNew = false
    this.changes.addProjectEvent({
      type: 'project_changed',
      summary: `Project ${home.name} reports for the first time`,
      data: { action: 'created', name: home.name },
      projectId,
      reportedAt: null,
    })
    return projectId
  }

  /** The session of a child; what the report says about names and models is the child's. */
  findOrAddParent(
    report: Report,
    { parentKey, sessionId }: ReportedAgent,
  ): AgentRecordUpdate | null {
    if (parentKey === null) return null
    const unsaid = { parentKey: null, name: null, title: null, agentType: null, model: null }
    return (
      this.agents.get(parentKey) ?? this.add(report, { key: parentKey, sessionId, ...unsaid }, null)
    )
  }

  async findOrAdd(
    report: Report,
    reported: ReportedAgent,
    parent: AgentRecordUpdate | null,
  ): Promise<AgentRecordUpdate> {
    const agent = this.agents.get(reported.key) ?? this.add(report, reported, parent)
    const { signal } = report
    if (signal.kind === 'session_started' && signal.source === 'clear' && parent === null) {
      const drafts = this.agents.values()
      agent.continues_id ??= await findContinuedSessions(this.trx, agent, drafts, this.changes.at)
    }
    if (reported.name) agent.name = reported.name
    if (reported.title) agent.title = reported.title
    if (reported.model) agent.model = reported.model
    if (reported.agentType) agent.agent_type = reported.agentType
    return agent
  }

  /**
   * Agents that no report names. They are locked out of the usual order: a deadlock that this may
   * cause is tried again.
   */
  async findMore(keys: readonly string[]): Promise<AgentRecordUpdate[]> {
    const missing = keys.filter((key) => !this.agents.has(key))
    if (missing.length > 0) {
      const { drafts } = await lockAgents(this.trx, missing)
      for (const [key, draft] of drafts) this.agents.set(key, draft)
    }
    return keys.flatMap((key) => this.agents.get(key) ?? [])
  }

  private add(
    report: Report,
    reported: ReportedAgent,
    parent: AgentRecordUpdate | null,
  ): AgentRecordUpdate {
    const projectId = parent?.project_id ?? this.emitProjectCreated(report)
    const id = this.spareIds.shift()
    if (id === undefined) throw new Error('No id was reserved for a new agent')
    const ids = { id, projectId, parentId: parent?.id ?? null }
    const agent = newAgent(report, reported, ids, this.changes.at)
    this.agents.set(reported.key, agent)
    this.changes.updateAgent(agent, agent.memory, report.confirmedBy)
    // The start of a child says by itself that it is new.
    if (report.event.type !== 'subagent_started' || parent === null) this.announceAgent(agent)
    return agent
  }

  private announceAgent(agent: AgentRecordUpdate): void {
    this.changes.addEvent({
      agent,
      type: 'session_discovered',
      summary: `Session ${agent.name} reports for the first time`,
      data: { session_uuid: agent.session_id },
      turnId: null,
      reportedAt: null,
    })
  }
}

function reportsOf(jobs: readonly ReportJob[]): Report[] {
  return jobs.flatMap(({ reports }) => reports)
}

function agentKeys(jobs: readonly ReportJob[]): Set<string> {
  return new Set(reportsOf(jobs).flatMap(({ agent }) => (agent ? keysOf(agent) : [])))
}
