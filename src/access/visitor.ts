import type { Scope } from '../log/scope'
import type { Session } from './sessions'

/** What somebody may do: send reports and act on what they see, see, and decide about others. */
export type Right = 'report' | 'read' | 'admin'

export interface Rights {
  readonly may: readonly Right[]
  /** The projects that they are for, sorted; null: all, and what belongs to none. */
  readonly projectIds: readonly number[] | null
}

export const ALL_RIGHTS: Rights = { may: ['report', 'read', 'admin'], projectIds: null }
export const NO_RIGHTS: Rights = { may: [], projectIds: [] }

interface Known {
  /** Who it is in the log: the `actor_id` of what they do. */
  readonly actor: string
  readonly rights: Rights
}

/** Whoever was let in; without a token that is the person at the machine. */
export type Visitor = Known &
  (
    | { readonly kind: 'anybody' | 'local' | 'program' }
    | { readonly kind: 'person'; readonly session: Session }
  )

/** What of the log they may see. */
export function scopeOf({ rights }: Visitor): Scope {
  return { projectIds: rights.projectIds, seesAccess: rights.may.includes('admin') }
}
