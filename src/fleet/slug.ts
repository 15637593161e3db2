const MAX_SLUG = 80

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

/** For each slug itself, or the first of `slug-2`, `slug-3` … that is not taken. */
export function freeSlugs(wanted: readonly string[], taken: readonly string[]): string[] {
  const inUse = new Set(taken)
  const next = new Map<string, number>()
  return wanted.map((base) => {
    let number = next.get(base) ?? 1
    let slug = number === 1 ? base : `${base}-${number}`
    while (inUse.has(slug)) slug = `${base}-${++number}`
    inUse.add(slug)
    next.set(base, number + 1)
    return slug
  })
}
