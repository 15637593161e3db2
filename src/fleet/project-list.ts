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
  /** Sessions that ever reported from it, without subagents; findProjects counts a thousand and one. */
  readonly sessions: number
  readonly lastSeenAt: Date | null
}

const MAX_PROJECTS = 1_000
/** On one page. */
const MAX_FOUND = 100
/** Where a project has more sessions, a page says so instead of how many: it would count them each time. */
export const MAX_COUNTED_SESSIONS = 1_000

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
  const counted = MAX_COUNTED_SESSIONS + 1
  const found = await read(db, sql`${own} AND (${named})`, MAX_FOUND + 1, counted)
  const listed = found.slice(0, MAX_FOUND)
  const isListed = also === null || listed.some(({ id }) => id === also)
  const others = isListed ? [] : await read(db, sql`${own} AND projects.id = ${also}`, 1, counted)
  const all = [...others, ...listed]
  const ids = all.map(({ id }) => id)
  const isMerged = sql`merged_into = ANY(${ids}::bigint[])`
  const merged = await read(db, isMerged, MAX_PROJECTS, counted)
  return { own: all, merged, hasMore: found.length > MAX_FOUND }
}

function isWithin({ projectIds }: Scope): RawBuilder<unknown> {
  return projectIds === null ? sql`true` : sql`projects.id = ANY(${[...projectIds]}::bigint[])`
}

/** Sessions are counted of those projects only that are listed, up to `counted` of each; null: all. */
async function read(
  db: Database,
  condition: RawBuilder<unknown>,
  limit: number,
  counted: number | null = null,
): Promise<readonly ListedProject[]> {
  const ofListed = sql`FROM agents WHERE project_id = listed.id AND parent_id IS NULL`
  const { rows } = await sql<ListedProject>`
    SELECT listed.id, slug, name, host, path, created_at AS "createdAt",
      archived_at AS "archivedAt", merged_into AS "mergedInto",
      (SELECT count(*) FROM (SELECT ${ofListed} LIMIT ${counted}) AS own) AS sessions,
      (SELECT max(last_seen_at) ${ofListed}) AS "lastSeenAt"
    FROM (SELECT * FROM projects WHERE ${condition} ORDER BY lower(name), id LIMIT ${limit})
      AS listed
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
