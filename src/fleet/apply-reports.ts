import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import type { JsonObject } from '../log/event-row'
import { readBounds } from '../log/history'
import { TimeSlices } from '../log/time-slices'
import { findForbidden, requireWithin } from './allowed-projects'
import type { AgentRecordUpdate, Changes } from './changes'
import { DedupeKeys } from './dedupe-keys'
import { apply, applyChild } from './machine/apply'
import type { Signal } from './machine/signal'
import { turnIdOf } from './machine/turn'
import { RegisteredAgents } from './registered-agents'
import type { Report } from './report'
import type { Receipt, ReportJob } from './report-job'
import { usageEvent } from './usage-event'

/** What became of each job, in their order: a receipt, or why it was refused. */
interface Recorded {
  readonly outcomes: (Receipt | Error)[]
  /** To be called when the transaction is committed: what is new counts from then on. */
  readonly charge: () => void
}

/**
 * Stores the reports of several requests in the caller's transaction: locks the agents, registers
 * what is new, claims the keys, takes each agent from its state to the next, and appends the rows of
 * the log last. Nothing is stored of a job that is refused.
 */
export async function recordReports(
  trx: Kysely<Schema>,
  jobs: readonly ReportJob[],
): Promise<Recorded> {
  const outOfBounds = await findForbidden(trx, jobs)
  const within = jobs.filter((job) => !outOfBounds.has(job))
  const { registry, changes, admission } = await RegisteredAgents.lock(trx, within)
  const { admitted, refused, charge } = admission
  const receipts = await recordAdmitted(trx, admitted, { registry, changes })
  const receiptOf = new Map(admitted.map((job, index) => [job, receipts[index]]))
  const outcomes = jobs.map((job) => {
    const outcome = outOfBounds.get(job) ?? refused.get(job) ?? receiptOf.get(job)
    if (!outcome) throw new Error('A job has no outcome')
    return outcome
  })
  return { outcomes, charge }
}

async function recordAdmitted(
  trx: Kysely<Schema>,
  jobs: readonly ReportJob[],
  { registry, changes }: { registry: RegisteredAgents; changes: Changes },
): Promise<Receipt[]> {
  const reports = jobs.flatMap((job) => job.reports)
  // Another transaction may have registered an agent elsewhere since; halving then finds the job at fault.
  for (const job of jobs) requireWithin(job, (report) => registry.projectIdOf(report))
  const claims = await DedupeKeys.reserve(trx, reports, (report) => registry.projectIdOf(report))
  const recording = new Recording(registry, changes)
  const slices = new TimeSlices()
  const receipts: Receipt[] = []
  for (const job of jobs) {
    const news = job.reports.filter((report) => !claims.isDuplicate(report))
    for (const report of news) {
      await recording.take(report)
      if (slices.isOver) await slices.yield()
    }
    // For now the place of the job's last row among all; its id is not known before the end.
    const lastId = news.length > 0 ? changes.eventCount : 0
    receipts.push({ accepted: news.length, duplicates: job.reports.length - news.length, lastId })
  }
  const ids = await changes.write(trx)
  const tail = ids.at(-1) ?? (await readBounds(trx)).head
  return receipts.map((receipt) => ({ ...receipt, lastId: ids[receipt.lastId - 1] ?? tail }))
}

class Recording {
  constructor(
    private readonly registry: RegisteredAgents,
    private readonly changes: Changes,
  ) {}

  async take(report: Report): Promise<void> {
    const { agent: reported } = report
    if (!reported || this.registry.isUnregistered(reported)) return this.takeProjectReport(report)
    const parent = this.registry.findOrAddParent(report, reported)
    const agent = await this.registry.findOrAdd(report, reported, parent)
    const left = this.applyReport(agent, report.signal, report)
    this.addUsage(agent, report)
    if (parent) this.updateParent(parent, agent, report)
    for (const child of await this.registry.findMore(left)) this.closeChild(agent, child, report)
  }

  private takeProjectReport(report: Report): void {
    const projectId = this.registry.emitProjectCreated(report)
    const { type, summary, data } = report.event
    const { reportedAt, usage } = report
    this.changes.addProjectEvent({ type, summary, data, projectId, reportedAt })
    if (usage) this.changes.addProjectEvent({ ...usageEvent(usage), projectId, reportedAt })
  }

  /** Takes the agent through one signal; returns the keys of children that it leaves behind. */
  private applyReport(agent: AgentRecordUpdate, signal: Signal, report: Report): readonly string[] {
    const { type, summary, data } = report.event
    const context = { promptId: report.promptId, at: this.changes.at, type }
    const result = apply(agent.memory, signal, context)
    const prompt = signal.kind === 'prompted' && !signal.injected ? signal.text : ''
    this.changes.updateAgent(agent, result.memory, report.confirmedBy, prompt)
    this.changes.addEvent({
      agent,
      type: result.eventTypeOverride ?? type,
      summary,
      data: { ...data, ...result.own },
      turnId: result.turnId,
      reportedAt: report.reportedAt,
    })
    this.changes.addFacts(agent, result.facts)
    return result.closeChildren
  }

  private addUsage(agent: AgentRecordUpdate, { usage, promptId, reportedAt }: Report): void {
    if (!usage) return
    const turnId = turnIdOf(agent.memory, promptId)
    this.changes.addEvent({ agent, ...usageEvent(usage), turnId, reportedAt })
  }

  private updateParent(parent: AgentRecordUpdate, child: AgentRecordUpdate, report: Report): void {
    const { at } = this.changes
    const { memory, facts } = applyChild(parent.memory, child.memory, at, report.event.type)
    this.changes.updateAgent(parent, memory, report.confirmedBy)
    this.changes.addFacts(parent, facts)
  }

  /** Ends a child that its parent has left behind without a word. */
  private closeChild(parent: AgentRecordUpdate, child: AgentRecordUpdate, report: Report): void {
    if (child.state === 'ended') return
    const data: JsonObject = { reason: report.event.type }
    const event = { type: 'subagent_finished', summary: `${child.name} finished`, data }
    const signal: Signal = { kind: 'child_finished', message: null }
    this.applyReport(child, signal, { ...report, promptId: null, event })
    this.updateParent(parent, child, report)
  }
}
