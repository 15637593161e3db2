import type { Kysely } from 'kysely'
import type { Schema } from '../db/schema'
import { BadInput } from '../errors/app-error'
import { isRole, type Person, type Role, TOKEN_USER } from './person'

/** What `toPerson` reads. */
export const COLUMNS = [
  'id',
  'name',
  'email',
  'role',
  'project_ids',
  'disabled_at',
  'password_is_temporary',
] as const

/** So many can be seen and changed in one list. */
export const MAX_PEOPLE = 1_000

/** All accounts. */
export function people(db: Kysely<Schema>) {
  return db.selectFrom('users').where('id', '<>', TOKEN_USER)
}

/** Throws BadInput. */
export async function requireFirstAdmin(trx: Kysely<Schema>, role: Role): Promise<void> {
  if (role === 'admin') return
  const someone = await people(trx).select('id').limit(1).executeTakeFirst()
  if (!someone) throw new BadInput('role', 'The first account has to be that of an administrator')
}

/** Throws BadInput where no other administrator would be left. */
export async function requireOtherAdmin(trx: Kysely<Schema>, id: string): Promise<void> {
  const other = await people(trx)
    .select('id')
    .where('id', '<>', id)
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  if (!other) throw new BadInput('role', 'At least one administrator has to remain')
}

/** Throws BadInput. */
export async function requireRoom(trx: Kysely<Schema>): Promise<void> {
  const row = await people(trx)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirst()
  if ((row?.count ?? 0) < MAX_PEOPLE) return
  throw new BadInput('email', `${MAX_PEOPLE} people have an account already: delete one first`)
}

export async function setPassword(
  trx: Kysely<Schema>,
  { id, hash, isTemporary }: { id: string; hash: string; isTemporary: boolean },
): Promise<void> {
  await trx
    .updateTable('users')
    .set({ password_hash: hash, password_is_temporary: isTemporary })
    .where('id', '=', id)
    .execute()
}

/** Ends every login session of an account but `keptToken`. */
export async function endLogins(
  trx: Kysely<Schema>,
  id: string,
  keptToken: string | null = null,
): Promise<void> {
  await trx
    .deleteFrom('sessions')
    .where('user_id', '=', id)
    .$if(keptToken !== null, (sessions) => sessions.where('token', '<>', keptToken))
    .execute()
}

interface PersonRow {
  id: string
  name: string
  email: string
  role: string
  project_ids: number[] | null
  disabled_at: Date | null
  password_is_temporary: boolean
}

export function toPerson(row: PersonRow): Person {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    // A role of a later version is none that we know.
    role: isRole(row.role) ? row.role : 'viewer',
    projectIds: row.project_ids,
    isDisabled: row.disabled_at !== null,
    passwordIsTemporary: row.password_is_temporary,
  }
}
