/** What a visitor may do: send reports and act on what it sees; read; administer. */
export const RIGHTS = ['report', 'read', 'admin'] as const
export type Right = (typeof RIGHTS)[number]

export interface Rights {
  /** In the order of RIGHTS. */
  readonly may: readonly Right[]
  /** The projects that they are for, sorted; null: all, and what belongs to none. */
  readonly projectIds: readonly number[] | null
}

export const ALL_RIGHTS: Rights = { may: RIGHTS, projectIds: null }
export const NO_RIGHTS: Rights = { may: [], projectIds: [] }

/** Administrators may do everything else too; unknown names are no rights. */
export function rightsOf(given: readonly string[], projectIds: readonly number[] | null): Rights {
  const may = RIGHTS.filter((right) => given.includes(right) || given.includes('admin'))
  return { may, projectIds: projectIds && [...projectIds].sort((a, b) => a - b) }
}
