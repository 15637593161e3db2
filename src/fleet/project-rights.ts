import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'

/** Whom a merger lets see more than before. */
export interface RightsChange {
  readonly type: 'token' | 'user'
  readonly id: string
  readonly name: string
  /** The projects that they are bound to, sorted. */
  readonly projectIdsBefore: readonly number[]
  /** The same with both that were merged. */
  readonly projectIdsAfter: readonly number[]
}

export interface Merger {
  readonly id: number
  readonly intoId: number
}

/** Which tokens and accounts are bound to which projects; always in the fleet's transaction. */
export interface ProjectRights {
  /** Binds to the other project what was bound to the one, and returns whose rights change. */
  merge(trx: Kysely<Schema>, merger: Merger): Promise<readonly RightsChange[]>
  /** Writes them into the log. */
  note(
    trx: Kysely<Schema>,
    changes: readonly RightsChange[],
    merger: Merger & { readonly actor: string },
  ): Promise<void>
}

/** Rights would change whose change was not agreed to: nothing has been done. */
export class RightsNotAgreed extends Error {
  constructor(
    readonly intoId: number,
    readonly changes: readonly RightsChange[],
  ) {
    super('Some would see more than before')
  }
}
