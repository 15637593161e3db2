import { type Kysely, sql } from 'kysely'
import type { AgentRecord, Schema } from '../db/schema'
import type { Draft } from './changes'
import { newMemory } from './memory'
import type { Report, ReportedAgent, ReportedProject } from './report'

const MAX_SLUG = 80
const CLEARED_WITHIN = '1 minute'

/** Locks the agents with these keys, always in the same order, and reads the database's clock. */
export async function lockAgents(
  trx: Kysely<Schema>,
  keys: readonly string[],
): Promise<{ drafts: Map<string, Draft>; at: number }> {
  const clock = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(trx)
  const { rows } = await sql<AgentRecord>`
    SELECT * FROM agents WHERE key = ANY(${[...keys]}::text[])
    ORDER BY key FOR NO KEY UPDATE`.execute(trx)
  const drafts = new Map(rows.map((row) => [row.key, toDraft(row)]))
  return { drafts, at: (clock.rows[0]?.now ?? new Date()).getTime() }
}

export function toDraft(row: AgentRecord): Draft {
  // What we wrote ourselves.
  return { ...row, memory: row.memory as Draft['memory'] }
}

/** Finds the projects, registers those that are new, and says which they are. */
export async function findOrAddProjects(
  trx: Kysely<Schema>,
  wanted: readonly ReportedProject[],
): Promise<Map<string, { id: number; isNew: boolean }>> {
  const byKey = new Map(wanted.map((project) => [project.key, project]))
  const found = await findProjects(trx, [...byKey.keys()])
  for (const [key, project] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!found.has(key)) found.set(key, await addProject(trx, project))
  }
  return found
}

async function findProjects(trx: Kysely<Schema>, keys: readonly string[]) {
  if (keys.length === 0) return new Map<string, { id: number; isNew: boolean }>()
  const rows = await trx
    .selectFrom('projects')
    .select(['id', 'key'])
    .where('key', 'in', [...keys])
    .execute()
  return new Map(rows.map(({ id, key }) => [key, { id, isNew: false }]))
}

async function addProject(trx: Kysely<Schema>, project: ReportedProject) {
  const base = slugOf(project.name)
  const taken = await trx
    .selectFrom('projects')
    .select('slug')
    .where((where) => where.or([where('slug', '=', base), where('slug', 'like', `${base}-%`)]))
    .execute()
  const slugs = new Set(taken.map(({ slug }) => slug))
  let slug = base
  for (let number = 2; slugs.has(slug); number++) slug = `${base}-${number}`
  const { id } = await trx
    .insertInto('projects')
    .values({ ...project, slug })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, isNew: true }
}

/** A name as it can stand in an address: lower-case letters, digits and hyphens. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '')
  return slug || 'project'
}

/** Ids for rows that are not written yet, so that they can refer to each other. */
export async function reserveAgentIds(trx: Kysely<Schema>, count: number): Promise<number[]> {
  if (count === 0) return []
  const { rows } = await sql<{ id: number }>`
    SELECT nextval(pg_get_serial_sequence('agents', 'id')) AS id
    FROM generate_series(1, ${count}::int)`.execute(trx)
  return rows.map((row) => row.id).sort((a, b) => a - b)
}

/** Claims the keys of a project's reports and returns those that were not claimed before. */
export async function claimKeys(
  trx: Kysely<Schema>,
  claims: readonly { projectId: number; key: string }[],
): Promise<Set<string>> {
  if (claims.length === 0) return new Set()
  const { rows } = await sql<{ project_id: number; key: string }>`
    INSERT INTO report_keys (project_id, key)
    SELECT DISTINCT project_id, key COLLATE "C" FROM unnest(
      ${claims.map((claim) => claim.projectId)}::bigint[],
      ${claims.map((claim) => claim.key)}::text[]) AS claim (project_id, key)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING project_id, key`.execute(trx)
  return new Set(rows.map((row) => claimId(row.project_id, row.key)))
}

export function claimId(projectId: number, key: string): string {
  return `${projectId} ${key}`
}

/** The session that the same terminal has just cleared, if it was not continued yet. */
export async function findCleared(trx: Kysely<Schema>, projectId: number): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM agents
    WHERE project_id = ${projectId} AND parent_id IS NULL AND state = 'ended'
      AND memory->'ended'->>'reason' = 'clear'
      AND state_since > clock_timestamp() - ${CLEARED_WITHIN}::interval
      AND NOT EXISTS (SELECT FROM agents later WHERE later.continues_id = agents.id)
    ORDER BY state_since DESC LIMIT 1`.execute(trx)
  return rows[0]?.id ?? null
}

/** The row of an agent that nobody has heard of before. */
export function newAgent(
  report: Report,
  agent: ReportedAgent,
  ids: { id: number; projectId: number; parentId: number | null },
  at: number,
): Draft {
  const now = new Date(at)
  return {
    id: ids.id,
    project_id: ids.projectId,
    parent_id: ids.parentId,
    continues_id: null,
    reporter: report.reporter,
    key: agent.key,
    session_id: agent.sessionId,
    name: agent.name ?? agent.sessionId.slice(0, 8),
    title: agent.title ?? '',
    agent_type: agent.agentType,
    model: agent.model,
    discovered_at: now,
    heard_at: now,
    state: 'idle',
    state_since: now,
    confirmed_at: now,
    confirmed_by: report.confirmedBy,
    overlays: [],
    memory: newMemory(agent.key, at),
  }
}
