import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { AppError } from '../errors/app-error'
import type { Filter } from '../filter/filter'
import { printSaved, readSaved } from '../filter/parse'
import { appendEvents } from '../log/append'
import { parseUuid } from '../log/uuid'

/** A filter saved under a name. */
export interface SavedView {
  readonly id: string
  readonly name: string
  /** By numbers: projects can be renamed. */
  readonly filters: Filter
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface ViewChange {
  readonly name?: string
  readonly filters?: Filter
}

const MAX_VIEWS = 200
/** The type of the row that tells every process of an edit; it names the view and says no more. */
export const VIEW_CHANGED = 'view_changed'

const COLUMNS = ['id', 'name', 'filters', 'created_at', 'updated_at'] as const

/** Each owner's own views: no owner finds, changes or removes another's. Ids that are no UUID are unknown. */
export class SavedViews {
  constructor(private readonly db: Database) {}

  /** By name. */
  async list(owner: string): Promise<SavedView[]> {
    const rows = await this.db
      .selectFrom('saved_views')
      .select(COLUMNS)
      .where('owner', '=', owner)
      .orderBy(sql`lower(name)`)
      .orderBy('id')
      .execute()
    return rows.map(toView)
  }

  async find(owner: string, id: string): Promise<SavedView | null> {
    if (parseUuid(id) === null) return null
    const row = await this.db
      .selectFrom('saved_views')
      .select(COLUMNS)
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    return row ? toView(row) : null
  }

  /** Throws ViewConflict where the name is taken, or the owner has as many as they may. */
  create(owner: string, name: string, filters: Filter): Promise<SavedView> {
    return this.inOwnTurn(owner, async (trx) => {
      const { count } = await trx
        .selectFrom('saved_views')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('owner', '=', owner)
        .executeTakeFirstOrThrow()
      if (count >= MAX_VIEWS) {
        throw viewConflict(`There may be at most ${MAX_VIEWS} views; delete one first`)
      }
      await requireFreeName(trx, owner, name, null)
      const row = await trx
        .insertInto('saved_views')
        .values({ id: randomUUID(), owner, name, filters: JSON.stringify(printSaved(filters)) })
        .returning(COLUMNS)
        .executeTakeFirstOrThrow()
      return toView(row)
    })
  }

  /** What the change leaves out stays. Null: there is no such view. Throws ViewConflict. */
  async update(owner: string, id: string, change: ViewChange): Promise<SavedView | null> {
    if (parseUuid(id) === null) return null
    const { name, filters } = change
    return this.inOwnTurn(owner, async (trx) => {
      if (name !== undefined) await requireFreeName(trx, owner, name, id)
      const row = await trx
        .updateTable('saved_views')
        .set({
          ...(name !== undefined && { name }),
          ...(filters !== undefined && { filters: JSON.stringify(printSaved(filters)) }),
          updated_at: sql<Date>`clock_timestamp()`,
        })
        .where('owner', '=', owner)
        .where('id', '=', id)
        .returning(COLUMNS)
        .executeTakeFirst()
      if (!row) return null
      await tell(trx, row.id, 'updated')
      return toView(row)
    })
  }

  /** False: there is no such view. */
  async remove(owner: string, id: string): Promise<boolean> {
    if (parseUuid(id) === null) return false
    return this.inOwnTurn(owner, async (trx) => {
      const row = await trx
        .deleteFrom('saved_views')
        .where('owner', '=', owner)
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst()
      if (row) await tell(trx, row.id, 'deleted')
      return row !== undefined
    })
  }

  /** Two changes of one owner's views come one after the other. */
  private inOwnTurn<T>(owner: string, work: (trx: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`view/${owner}`}, 0))`.execute(trx)
      return work(trx)
    })
  }
}

async function requireFreeName(
  trx: Kysely<Schema>,
  owner: string,
  name: string,
  id: string | null,
): Promise<void> {
  const taken = await trx
    .selectFrom('saved_views')
    .select('id')
    .where('owner', '=', owner)
    .where('name', '=', name)
    .executeTakeFirst()
  if (taken && taken.id !== id?.toLowerCase()) {
    throw viewConflict(`There is a view “${name}” already`)
  }
}

/** The row has no project and no text: the log says that a view was changed, not whose. */
async function tell(trx: Kysely<Schema>, id: string, action: 'updated' | 'deleted'): Promise<void> {
  const summary = `A saved view was ${action}`
  await appendEvents(trx, [
    { type: VIEW_CHANGED, targetId: id, targetType: 'view', summary, data: { action } },
  ])
}

function viewConflict(message: string): AppError {
  return new AppError(409, message, { field: 'name' })
}

function toView(row: {
  id: string
  name: string
  filters: unknown
  created_at: Date
  updated_at: Date
}): SavedView {
  const filters = readSaved(row.filters)
  const { id, name, created_at: createdAt, updated_at: updatedAt } = row
  return { id, name, filters, createdAt, updatedAt }
}
