import type { Scope } from '../log/scope'
import type { Grant } from './grant'
import type { LoginSession } from './sessions'

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

interface Known {
  /** Who it is in the log: the `actor_id` of what they do. */
  readonly actor: string
  readonly rights: Rights
  /** What their streams end with; null: nothing but a restart. */
  readonly grant: Grant | null
}

/** An admitted visitor; without a token or accounts that is the person at the machine. */
export type Visitor = Known &
  (
    | { readonly kind: 'anybody' | 'local' | 'program' }
    | { readonly kind: 'person'; readonly session: LoginSession }
  )

/** What of the log they may see. */
export function scopeOf({ rights }: Pick<Visitor, 'rights'>): Scope {
  const { may, projectIds } = rights
  return { projectIds, seesAccess: projectIds === null && may.includes('admin') }
}
