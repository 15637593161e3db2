import type { Scope } from '../log/scope'
import type { Grant } from './grant'
import type { Rights } from './rights'
import type { LoginSession } from './sessions'

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
