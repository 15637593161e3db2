import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import { retryConflicts } from '../db/retry-conflicts'
import type { Schema } from '../db/schema'
import { AppError, BadInput } from '../errors/app-error'
import { NO_NEWCOMERS } from '../fleet/admission'
import { type FoundProject, findOrAddProjects } from '../fleet/registered-rows'
import type { ReportedProject } from '../fleet/report'
import type { Allowance } from '../fleet/report-job'
import { appendEvents, type NewEvent } from '../log/append'
import type { Scope } from '../log/scope'
import { type Debate, PHASES, SIDES, type Side, type Speaker } from './debate'
import { DebateConflict } from './errors'
import { titleOf } from './moves'
import { findDebate } from './read'

/** Who of the fleet: their number, or the name or session under which they report. */
export type AgentName = number | string

export interface NewDebate {
  /** The orchestrator's, so that what is sent twice counts once. */
  readonly id: string
  readonly project: ReportedProject
  readonly title: string
  readonly sides: Readonly<Partial<Record<Side, { position: string; agent: AgentName | null }>>>
  /** The side that speaks first. */
  readonly speaker: Speaker
}

/** Who opens a debate. */
export interface Opener {
  readonly scope: Scope
  readonly actor: string
  /** Whether the debate's project may be a new one; none: it may. */
  readonly allowance?: Allowance
}

const ONE_PROJECT = { sessions: 0, projects: 1 }

/**
 * Opens a debate in its first phase. Its project is registered if it has had no report yet;
 * its agents have to be there. Throws BadInput, ForeignProject, DebateConflict, IdTaken, or
 * what the allowance refuses a new project with.
 */
export async function beginDebate(
  db: Database,
  opener: Opener,
  wanted: NewDebate,
): Promise<{ debate: Debate; isNew: boolean }> {
  let isProjectNew = false
  const begun = await retryConflicts(db, async (trx) => {
    const project = await findProject(trx, wanted.project, opener)
    isProjectNew = project.isNew
    return open(trx, { wanted, project, opener })
  })
  if (isProjectNew) opener.allowance?.charge(ONE_PROJECT)
  return begun
}

async function open(
  trx: Kysely<Schema>,
  { wanted, project, opener }: { wanted: NewDebate; project: FoundProject; opener: Opener },
): Promise<{ debate: Debate; isNew: boolean }> {
  const { scope, actor } = opener
  const known = await findDebate(trx, wanted.id, scope)
  if (known) return { debate: known.debate, isNew: requireSame(known.debate, wanted, project.id) }
  const agents = await findAgents(trx, wanted.sides, project.id)
  const isNew = await insertDebate(trx, { wanted, projectId: project.id, agents })
  const found = await findDebate(trx, wanted.id, scope)
  // Whose it is, and how it stands, is not for everybody.
  if (!found)
    throw new AppError(409, 'This id is taken: choose another', { details: { reason: 'id_taken' } })
  const { debate } = found
  if (!isNew) return { debate, isNew: requireSame(debate, wanted, project.id) }
  const created = project.isNew ? [projectCreated(wanted.project, project.id)] : []
  await appendEvents(trx, [...created, debateCreated(debate, actor)])
  return { debate, isNew: true }
}

async function findProject(
  trx: Kysely<Schema>,
  project: ReportedProject,
  { scope, allowance }: Opener,
): Promise<FoundProject> {
  const found = (await findOrAddProjects(trx, new Map([[project.key, project]]))).get(project.key)
  if (!found) throw new Error('A project was neither found nor added')
  if (scope.projectIds !== null && !scope.projectIds.includes(found.id)) {
    throw new AppError(403, `You may not open debates in ${project.name}`)
  }
  const refusal = found.isNew ? allowance?.refuse(ONE_PROJECT, NO_NEWCOMERS) : null
  if (refusal) throw refusal
  return found
}

/** False, or what stands against taking the debate for the one that is wanted. */
function requireSame(debate: Debate, { title }: NewDebate, projectId: number): false {
  if (debate.title === title && debate.projectId === projectId) return false
  throw new DebateConflict('id_taken', 'Another debate has this id', debate)
}

async function findAgents(
  trx: Kysely<Schema>,
  sides: NewDebate['sides'],
  projectId: number,
): Promise<Map<Side, number>> {
  const agents = new Map<Side, number>()
  for (const side of SIDES) {
    const name = sides[side]?.agent ?? null
    if (name === null) continue
    const id = await findAgent(trx, name, projectId)
    if (id === null) {
      throw new BadInput(`sides.${side}.agent`, `No agent ${name} has reported in this project`)
    }
    agents.set(side, id)
  }
  return agents
}

/** The newest, where several have reported under the same session. */
async function findAgent(
  trx: Kysely<Schema>,
  name: AgentName,
  projectId: number,
): Promise<number | null> {
  const found = await trx
    .selectFrom('agents')
    .select('id')
    .where('project_id', '=', projectId)
    .where((where) =>
      typeof name === 'number'
        ? where('id', '=', name)
        : where.and([where('session_id', '=', name), where('parent_id', 'is', null)]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.id ?? null
}

/** False: there is one with this id, and nothing was written. */
async function insertDebate(
  trx: Kysely<Schema>,
  {
    wanted,
    projectId,
    agents,
  }: { wanted: NewDebate; projectId: number; agents: Map<Side, number> },
): Promise<boolean> {
  const { id, title, speaker, sides } = wanted
  const inserted = await trx
    .insertInto('debates')
    .values({
      id,
      project_id: projectId,
      title,
      status: 'active',
      phase: PHASES[0],
      speaker,
      created_at: sql<Date>`clock_timestamp()`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return false
  const rows = SIDES.flatMap((side) => {
    const given = sides[side]
    if (!given) return []
    const { position } = given
    return [{ debate_id: id, speaker: side, position, agent_id: agents.get(side) ?? null }]
  })
  if (rows.length > 0) await trx.insertInto('debate_sides').values(rows).execute()
  return true
}

const NOWHERE = { reportedAt: null, agentId: null, turnId: null, state: null }

function projectCreated({ name }: ReportedProject, projectId: number): NewEvent {
  return {
    ...NOWHERE,
    type: 'project_changed',
    summary: `Project ${name} reports for the first time`,
    data: { action: 'created', name },
    projectId,
  }
}

function debateCreated(debate: Debate, actor: string): NewEvent {
  const { id, projectId, title, phase, speaker, sides } = debate
  const agentIds = SIDES.flatMap((side) => sides[side]?.agentId ?? [])
  return {
    ...NOWHERE,
    type: 'debate_created',
    summary: `“${titleOf(debate)}” begins`,
    data: { title, phase, speaker, agent_ids: agentIds },
    projectId,
    debateId: id,
    actorId: actor,
  }
}
