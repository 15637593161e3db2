import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Scope } from '../log/scope'

export interface ListedProject {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly host: string | null
  readonly path: string | null
  readonly createdAt: Date
  readonly archivedAt: Date | null
  readonly mergedInto: number | null
  /** Sessions that ever reported from it, without subagents. */
  readonly sessions: number
  readonly heardAt: Date | null
}

const MAX_PROJECTS = 1_000
/** On one page. */
const MAX_FOUND = 100

/** All projects within the scope by name, archived and merged ones too; at most a thousand. */
export async function listProjects(db: Database, scope: Scope): Promise<readonly ListedProject[]> {
  return read(db, isWithin(scope), MAX_PROJECTS)
}

interface FoundProjects {
  /** By name, without those that were merged into others. */
  readonly own: readonly ListedProject[]
  /** What was merged into them. */
  readonly merged: readonly ListedProject[]
  /** There are others with the text in their names. */
  readonly hasMore: boolean
}

/** The first hundred projects with the text in their names, and `also`, whatever it is called. */
export async function findProjects(
  db: Database,
  scope: Scope,
  { text, also }: { text: string; also: number | null },
): Promise<FoundProjects> {
  const named = sql`position(${text.toLowerCase()} in lower(name)) > 0
    OR position(${text.toLowerCase()} in slug) > 0`
  const own = sql`${isWithin(scope)} AND merged_into IS NULL`
  const found = await read(db, sql`${own} AND (${named})`, MAX_FOUND + 1)
  const listed = found.slice(0, MAX_FOUND)
  const isListed = also === null || listed.some(({ id }) => id === also)
  const others = isListed ? [] : await read(db, sql`${own} AND projects.id = ${also}`, 1)
  const all = [...others, ...listed]
  const ids = all.map(({ id }) => id)
  const merged = await read(db, sql`merged_into = ANY(${ids}::bigint[])`, MAX_PROJECTS)
  return { own: all, merged, hasMore: found.length > MAX_FOUND }
}

function isWithin({ projectIds }: Scope): RawBuilder<unknown> {
  return projectIds === null ? sql`true` : sql`projects.id = ANY(${[...projectIds]}::bigint[])`
}

/** Sessions are counted of those projects only that are listed. */
async function read(
  db: Database,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<readonly ListedProject[]> {
  const { rows } = await sql<ListedProject>`
    SELECT listed.id, slug, name, host, path, created_at AS "createdAt",
      archived_at AS "archivedAt", merged_into AS "mergedInto",
      counted.sessions, counted.heard_at AS "heardAt"
    FROM (SELECT * FROM projects WHERE ${condition} ORDER BY lower(name), id LIMIT ${limit})
        AS listed,
      LATERAL (SELECT count(*) AS sessions, max(heard_at) AS heard_at FROM agents
        WHERE project_id = listed.id AND parent_id IS NULL) AS counted
    ORDER BY lower(name), listed.id`.execute(db)
  return rows
}

/** The project of this number or short name, or the one that it was merged into; null: there is none. */
export async function findProject(
  db: Database,
  asked: { readonly id: number } | { readonly slug: string },
): Promise<{ id: number; slug: string } | null> {
  const { rows } = await sql<{ id: number; slug: string }>`
    SELECT own.id, own.slug FROM projects AS asked
      JOIN projects AS own ON own.id = coalesce(asked.merged_into, asked.id)
    WHERE ${'id' in asked ? sql`asked.id = ${asked.id}` : sql`asked.slug = ${asked.slug}`}`.execute(
    db,
  )
  return rows[0] ?? null
}
