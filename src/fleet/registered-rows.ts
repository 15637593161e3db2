import { type Kysely, sql } from 'kysely'
import type { AgentRecord, Schema } from '../db/schema'
import type { AgentRecordUpdate } from './changes'
import { newMemory } from './machine/memory'
import type { Report, ReportedAgent, ReportedProject } from './report'
import { freeSlugs, slugOf } from './slug'

/**
 * Locks the agents with these keys, always in the same order, and reads the database's clock when it
 * has them: a transaction that waited for another one must not set an agent's times back.
 */
export async function lockAgents(
  trx: Kysely<Schema>,
  keys: readonly string[],
): Promise<{ drafts: Map<string, AgentRecordUpdate>; at: number }> {
  const { rows } = await sql<AgentRecord & { now: Date }>`
    WITH locked AS MATERIALIZED (
      SELECT * FROM agents WHERE key = ANY(${[...keys]}::text[])
      ORDER BY key FOR NO KEY UPDATE)
    SELECT clock_timestamp() AS now, locked.*
    FROM (SELECT count(*) FROM locked) AS all_are_locked LEFT JOIN locked ON true`.execute(trx)
  const drafts = new Map<string, AgentRecordUpdate>()
  for (const { now, ...row } of rows) if (row.key !== null) drafts.set(row.key, toDraft(row))
  return { drafts, at: (rows[0]?.now ?? new Date()).getTime() }
}

export function toDraft(row: AgentRecord): AgentRecordUpdate {
  // What we wrote ourselves.
  return { ...row, memory: row.memory as AgentRecordUpdate['memory'] }
}

export interface FoundProject {
  id: number
  isNew: boolean
}

/** Finds the projects by their keys, registers those that are new, and says which they are. */
export async function findOrAddProjects(
  trx: Kysely<Schema>,
  wanted: ReadonlyMap<string, ReportedProject>,
): Promise<Map<string, FoundProject>> {
  return addMissing(trx, wanted, await findProjects(trx, wanted))
}

/** Those of the projects that are registered. */
export async function findProjects(
  trx: Kysely<Schema>,
  wanted: ReadonlyMap<string, ReportedProject>,
): Promise<Map<string, FoundProject>> {
  const found = new Map<string, FoundProject>()
  if (wanted.size === 0) return found
  const { rows } = await sql<{ id: number; key: string }>`
    SELECT coalesce(merged_into, id) AS id, key FROM projects WHERE key = ANY(${[...wanted.keys()]}::text[])`.execute(
    trx,
  )
  for (const { id, key } of rows) found.set(key, { id, isNew: false })
  return found
}

/** Registers the projects that are not among the found ones, and returns all. */
export async function addMissing(
  trx: Kysely<Schema>,
  wanted: ReadonlyMap<string, ReportedProject>,
  found: ReadonlyMap<string, FoundProject>,
): Promise<Map<string, FoundProject>> {
  const all = new Map(found)
  const missing = [...wanted.values()].filter(({ key }) => !found.has(key))
  for (const { id, key } of await addProjects(trx, missing)) all.set(key, { id, isNew: true })
  return all
}

/** Two processes that add the same ones collide on a key; the one that tries again finds them. */
async function addProjects(
  trx: Kysely<Schema>,
  projects: readonly ReportedProject[],
): Promise<{ id: number; key: string }[]> {
  if (projects.length === 0) return []
  const sorted = [...projects].sort((a, b) => (a.key < b.key ? -1 : 1))
  const bases = sorted.map(({ name }) => slugOf(name))
  const taken = await sql<{ slug: string }>`
    SELECT slug FROM projects
    WHERE slug = ANY(${bases}) OR regexp_replace(slug, '-[0-9]+$', '') = ANY(${bases})`.execute(trx)
  const slugs = freeSlugs(
    bases,
    taken.rows.map(({ slug }) => slug),
  )
  const { rows } = await sql<{ id: number; key: string }>`
    INSERT INTO projects (key, slug, name, host, path)
    SELECT key, slug, name, host, path FROM unnest(
      ${sorted.map(({ key }) => key)}::text[],
      ${slugs}::text[],
      ${sorted.map(({ name }) => name)}::text[],
      ${sorted.map(({ host }) => host)}::text[],
      ${sorted.map(({ path }) => path)}::text[]
    ) WITH ORDINALITY AS new (key, slug, name, host, path, position)
    ORDER BY position
    RETURNING id, key`.execute(trx)
  return rows
}

/** Ids for rows that are not written yet, so that they can refer to each other. */
export async function reserveAgentIds(trx: Kysely<Schema>, count: number): Promise<number[]> {
  if (count === 0) return []
  const { rows } = await sql<{ id: number }>`
    SELECT nextval(pg_get_serial_sequence('agents', 'id')) AS id
    FROM generate_series(1, ${count}::int)`.execute(trx)
  return rows.map((row) => row.id).sort((a, b) => a - b)
}

/** The row of a new agent. */
export function newAgent(
  report: Report,
  agent: ReportedAgent,
  ids: { id: number; projectId: number; parentId: number | null },
  at: number,
): AgentRecordUpdate {
  const now = new Date(at)
  return {
    id: ids.id,
    project_id: ids.projectId,
    parent_id: ids.parentId,
    continues_id: null,
    reporter: report.reporter,
    key: agent.key,
    session_id: agent.sessionId,
    name: agent.name || agent.sessionId.slice(0, 8),
    title: agent.title ?? '',
    agent_type: agent.agentType,
    model: agent.model,
    discovered_at: now,
    last_seen_at: now,
    state: 'idle',
    state_since: now,
    confirmed_at: now,
    confirmed_by: report.confirmedBy,
    overlays: [],
    memory: newMemory(agent.key, at),
    archived_at: null,
    due_at: now,
  }
}
