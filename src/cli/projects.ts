import type { Database } from '../db/connect'

/** The ids of projects by their short names; null for none, which means all. Throws for an unknown one. */
export async function projectIdsOf(
  db: Database,
  slugs: readonly string[],
): Promise<number[] | null> {
  if (slugs.length === 0) return null
  const rows = await db
    .selectFrom('projects')
    .select(['id', 'slug'])
    .where('slug', 'in', slugs)
    .execute()
  const unknown = slugs.filter((slug) => !rows.some((row) => row.slug === slug))
  if (unknown.length === 0) return rows.map(({ id }) => id)
  throw new Error(
    `There is no project “${unknown.join('”, “')}”: take the short name from its address, /projects/NAME`,
  )
}

/** The short names of projects, for people. */
export async function namesOfProjects(
  db: Database,
): Promise<(ids: readonly number[] | null) => string> {
  const rows = await db.selectFrom('projects').select(['id', 'slug']).execute()
  const names = new Map(rows.map(({ id, slug }) => [id, slug]))
  return (ids) => ids?.map((id) => names.get(id) ?? `${id}`).join(', ') ?? 'all projects'
}
