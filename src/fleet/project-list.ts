import { sql } from 'kysely'
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

/** All projects within the scope by name, archived and merged ones too; at most a thousand. */
export async function listProjects(
  db: Database,
  { projectIds }: Scope,
): Promise<readonly ListedProject[]> {
  const { rows } = await sql<ListedProject>`
    SELECT projects.id, slug, projects.name, host, path, created_at AS "createdAt",
      projects.archived_at AS "archivedAt", merged_into AS "mergedInto",
      count(agents.id) AS sessions, max(agents.heard_at) AS "heardAt"
    FROM projects
      LEFT JOIN agents ON agents.project_id = projects.id AND agents.parent_id IS NULL
    WHERE ${projectIds === null ? sql`true` : sql`projects.id = ANY(${[...projectIds]}::bigint[])`}
    GROUP BY projects.id ORDER BY lower(projects.name), projects.id LIMIT ${MAX_PROJECTS}`.execute(
    db,
  )
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
