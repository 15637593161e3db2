import { type RawBuilder, sql } from 'kysely'
import type { EventRow } from './event-row'

/** Which rows a viewer may see at all, whatever its filter. */
export interface Scope {
  /** Sorted; null: every project, and rows that belong to none. */
  readonly projectIds: readonly number[] | null
  /** `access.*` rows are for administrators. */
  readonly seesAccess: boolean
}

export const WHOLE_LOG: Scope = { projectIds: null, seesAccess: true }

/** What the type of every row about access begins with. */
export const ACCESS_TYPES = 'access.'

export function isVisible({ projectIds, seesAccess }: Scope, row: EventRow): boolean {
  if (!seesAccess && row.type.startsWith(ACCESS_TYPES)) return false
  return projectIds === null || (row.projectId !== null && projectIds.includes(row.projectId))
}

/** The same as a test of any table that says which project its rows are of, and their type. */
export function scopeSql({ projectIds, seesAccess }: Scope): RawBuilder<boolean> {
  const tests: RawBuilder<boolean>[] = []
  if (projectIds) tests.push(sql`project_id = ANY(${[...projectIds]}::bigint[])`)
  if (!seesAccess) tests.push(sql`NOT starts_with(type, ${ACCESS_TYPES})`)
  return tests.length > 0 ? sql<boolean>`${sql.join(tests, sql` AND `)}` : sql<boolean>`true`
}

/** Equal for scopes in which the same rows are visible. */
export function scopeKey({ projectIds, seesAccess }: Scope): string {
  return JSON.stringify([projectIds, seesAccess])
}
