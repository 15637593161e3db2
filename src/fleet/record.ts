import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import type { JsonObject } from '../log/event-row'
import { apply, applyChild } from './apply'
import { Changes, type Draft } from './changes'
import type { Receipt } from './recorder'
import {
  claimId,
  claimKeys,
  findCleared,
  findOrAddProjects,
  lockAgents,
  newAgent,
  reserveAgentIds,
} from './register'
import type { Report, ReportedAgent } from './report'
import type { Signal } from './signal'

/**
 * Stores the reports of several requests in the caller's transaction: claims their keys, registers
 * whom they name first, takes each agent from its state to the next, and appends the rows of the
 * log last. Receipts come in the order of the jobs; `lastId` is 0 where all were duplicates.
 */
export async function recordReports(
  trx: Kysely<Schema>,
  jobs: readonly (readonly Report[])[],
): Promise<Receipt[]> {
  const recording = await Recording.begin(trx, jobs.flat())
  const receipts: { receipt: Receipt; lastEvent: number }[] = []
  for (const job of jobs) {
    const receipt: Receipt = { accepted: 0, duplicates: 0, lastId: 0 }
    for (const report of job) {
      if (recording.isDuplicate(report)) receipt.duplicates++
      else {
        await recording.take(report)
        receipt.accepted++
      }
    }
    receipts.push({ receipt, lastEvent: receipt.accepted > 0 ? recording.changes.eventCount : 0 })
  }
  const ids = await recording.changes.write(trx)
  return receipts.map(({ receipt, lastEvent }) => ({ ...receipt, lastId: ids[lastEvent - 1] ?? 0 }))
}

class Recording {
  private constructor(
    private readonly trx: Kysely<Schema>,
    readonly changes: Changes,
    private readonly agents: Map<string, Draft>,
    private readonly projects: Map<string, { id: number; isNew: boolean }>,
    private readonly spareIds: number[],
  ) {}

  /** What each keyed report claims, settled before any agent is registered. */
  private readonly claims = new Map<Report, string>()
  private freshKeys = new Set<string>()

  static async begin(trx: Kysely<Schema>, reports: readonly Report[]): Promise<Recording> {
    const keys = new Set(reports.flatMap(({ agent }) => (agent ? keysOf(agent) : [])))
    const { drafts, at } = await lockAgents(trx, [...keys])
    // An agent stays in the project in which it was first seen, wherever it goes.
    const strangers = reports.filter(
      ({ agent }) => !agent || !keysOf(agent).some((key) => drafts.has(key)),
    )
    const projects = await findOrAddProjects(
      trx,
      strangers.map((report) => report.project),
    )
    const ids = await reserveAgentIds(trx, [...keys].filter((key) => !drafts.has(key)).length)
    const recording = new Recording(trx, new Changes(at), drafts, projects, ids)
    await recording.claim(reports)
    return recording
  }

  /** A report is a duplicate if its key was stored before, or came earlier in this group. */
  isDuplicate(report: Report): boolean {
    const claim = this.claims.get(report)
    return claim !== undefined && !this.freshKeys.delete(claim)
  }

  async take(report: Report): Promise<void> {
    const { agent: reported } = report
    if (!reported) return this.takeProjectReport(report)
    const parent = reported.parentKey === null ? null : this.parentOf(report, reported)
    const agent = await this.findOrAdd(report, reported, parent)
    const children = this.step(agent, report.signal, report)
    if (parent) this.tellParent(parent, agent, report)
    for (const key of children) await this.closeChild(agent, key, report)
  }

  private async claim(reports: readonly Report[]): Promise<void> {
    const keyed = reports.flatMap((report) =>
      report.dedupeKey === null
        ? []
        : [{ report, projectId: this.projectIdOf(report), key: report.dedupeKey }],
    )
    for (const { report, projectId, key } of keyed) this.claims.set(report, claimId(projectId, key))
    this.freshKeys = await claimKeys(this.trx, keyed)
  }

  private projectIdOf({ agent, project }: Report): number {
    const known =
      agent &&
      keysOf(agent)
        .map((key) => this.agents.get(key))
        .find((draft) => draft)
    const id = known?.project_id ?? this.projects.get(project.key)?.id
    if (id === undefined) throw new Error('A report has no project')
    return id
  }

  private takeProjectReport(report: Report): void {
    const projectId = this.projectIdOf(report)
    this.announceProject(report, projectId)
    const { type, summary, data } = report.event
    this.changes.addProjectEvent({ type, summary, data, projectId, reportedAt: report.reportedAt })
  }

  private announceProject(report: Report, projectId: number): void {
    const project = this.projects.get(report.project.key)
    if (!project?.isNew || project.id !== projectId) return
    project.isNew = false
    this.changes.addProjectEvent({
      type: 'project_changed',
      summary: `Project ${report.project.name} reports for the first time`,
      data: { action: 'created', name: report.project.name },
      projectId,
      reportedAt: null,
    })
  }

  private parentOf(report: Report, child: ReportedAgent): Draft {
    const key = child.parentKey ?? ''
    const known = this.agents.get(key)
    if (known) return known
    const parent: ReportedAgent = {
      key,
      sessionId: child.sessionId,
      parentKey: null,
      name: null,
      title: null,
      agentType: null,
      model: null,
    }
    return this.add(report, parent, null)
  }

  private async findOrAdd(report: Report, reported: ReportedAgent, parent: Draft | null) {
    const known = this.agents.get(reported.key)
    const agent = known ?? this.add(report, reported, parent)
    if (!known && report.signal.kind === 'session_started' && report.signal.source === 'clear') {
      agent.continues_id = await findCleared(this.trx, agent.project_id)
    }
    if (reported.name) agent.name = reported.name
    if (reported.title) agent.title = reported.title
    if (reported.model) agent.model = reported.model
    if (reported.agentType) agent.agent_type = reported.agentType
    return agent
  }

  private add(report: Report, reported: ReportedAgent, parent: Draft | null): Draft {
    const projectId = parent?.project_id ?? this.projectIdOf(report)
    const id = this.spareIds.shift()
    if (id === undefined) throw new Error('No id was reserved for a new agent')
    this.announceProject(report, projectId)
    const ids = { id, projectId, parentId: parent?.id ?? null }
    const agent = newAgent(report, reported, ids, this.changes.at)
    this.agents.set(reported.key, agent)
    this.changes.remember(agent, agent.memory, report.confirmedBy)
    if (report.event.type !== 'subagent_started' || parent === null) this.announceAgent(agent)
    return agent
  }

  private announceAgent(agent: Draft): void {
    this.changes.addEvent({
      agent,
      type: 'session_discovered',
      summary: `Session ${agent.name} reports for the first time`,
      data: { session_uuid: agent.session_id },
      turnId: null,
      reportedAt: null,
    })
  }

  /** Takes the agent through one signal; returns the keys of children that it leaves behind. */
  private step(agent: Draft, signal: Signal, report: Report): readonly string[] {
    const { type, summary, data } = report.event
    const context = { promptId: report.promptId, at: this.changes.at, type }
    const result = apply(agent.memory, signal, context)
    const facts = [...result.facts]
    this.changes.remember(agent, result.memory, report.confirmedBy)
    this.changes.addEvent({
      agent,
      type: result.ownType ?? type,
      summary,
      data: { ...data, ...result.own },
      turnId: result.turnId,
      reportedAt: report.reportedAt,
    })
    this.changes.addFacts(agent, facts)
    return result.closeChildren
  }

  private tellParent(parent: Draft, child: Draft, report: Report): void {
    const { memory, facts } = applyChild(
      parent.memory,
      child.memory,
      this.changes.at,
      report.event.type,
    )
    this.changes.remember(parent, memory, report.confirmedBy)
    this.changes.addFacts(parent, facts)
  }

  /** Ends a child that its parent has left behind without a word. */
  private async closeChild(parent: Draft, key: string, report: Report): Promise<void> {
    const child = this.agents.get(key) ?? (await this.lockLate(key))
    if (!child || child.state === 'ended') return
    const data: JsonObject = { reason: report.event.type }
    const event = { type: 'subagent_finished', summary: `${child.name} finished`, data }
    this.step(
      child,
      { kind: 'child_finished', message: null },
      { ...report, promptId: null, event },
    )
    this.tellParent(parent, child, report)
  }

  /** Out of the usual order of locks: a deadlock that this may cause is tried again. */
  private async lockLate(key: string): Promise<Draft | null> {
    const { drafts } = await lockAgents(this.trx, [key])
    const child = drafts.get(key) ?? null
    if (child) this.agents.set(key, child)
    return child
  }
}

function keysOf({ key, parentKey }: ReportedAgent): string[] {
  return parentKey === null ? [key] : [key, parentKey]
}
