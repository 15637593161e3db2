import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/connect'
import type { Schema } from '../db/schema'
import { isUniqueViolation } from '../db/unique-violation'
import { BadInput } from '../errors/app-error'
import { type AccessEvent, logAudit } from './access-log'
import { oneTimePassword, type Passwords } from './passwords'
import { type Person, parseIdentity, type Role, validateProjectAccess } from './person'
import {
  COLUMNS,
  endLogins,
  MAX_PEOPLE,
  people,
  requireFirstAdmin,
  requireOtherAdmin,
  requireRoom,
  setPassword,
  toPerson,
} from './person-rows'

export interface NewPerson {
  readonly email: string
  /** Empty: the start of the address. */
  readonly name: string
  readonly role: Role
  readonly projectIds: readonly number[] | null
  /** Null: one is made, which opens nothing but the choice of another. */
  readonly password: string | null
}

interface ProjectAccess {
  readonly role: Role
  readonly projectIds: readonly number[] | null
  readonly isDisabled: boolean
}

/** Accounts of people. Every change is a row of the log, in the same transaction. */
export class People {
  constructor(
    private readonly db: Database,
    private readonly passwords: Passwords,
  ) {}

  async exist(): Promise<boolean> {
    const row = await people(this.db).select('id').limit(1).executeTakeFirst()
    return row !== undefined
  }

  /** By name. */
  async list(): Promise<Person[]> {
    const rows = await people(this.db).select(COLUMNS).orderBy('name').limit(MAX_PEOPLE).execute()
    return rows.map(toPerson)
  }

  async find(id: string): Promise<Person | null> {
    const row = await people(this.db).select(COLUMNS).where('id', '=', id).executeTakeFirst()
    return row ? toPerson(row) : null
  }

  /** By address or name, with the hash of their password. */
  async findByLogin(login: string): Promise<{ person: Person; hash: string | null } | null> {
    const given = login.trim().toLowerCase()
    const row = await people(this.db)
      .select(COLUMNS)
      .select('password_hash')
      .where((eb) =>
        eb.or([
          eb(eb.fn<string>('lower', ['email']), '=', given),
          eb(eb.fn<string>('lower', ['name']), '=', given),
        ]),
      )
      .executeTakeFirst()
    return row ? { person: toPerson(row), hash: row.password_hash } : null
  }

  /** The first one has to be an administrator. Throws BadInput. */
  async create(wanted: NewPerson, actor: string): Promise<{ id: string; oneTime: string | null }> {
    const { email, name } = parseIdentity(wanted)
    const { role, projectIds } = wanted
    validateProjectAccess(role, projectIds)
    const oneTime = wanted.password === null ? oneTimePassword() : null
    const password = await this.passwords.hash(wanted.password ?? oneTime ?? '')
    try {
      const id = await this.db.transaction().execute(async (trx) => {
        // One after the other, so that there is one first.
        await sql`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`.execute(trx)
        await requireFirstAdmin(trx, role)
        await requireRoom(trx)
        const id = randomUUID()
        await trx
          .insertInto('users')
          .values({
            id,
            email,
            name,
            role,
            project_ids: projectIds && [...projectIds],
            password_hash: password,
            password_is_temporary: oneTime !== null,
          })
          .execute()
        const data = { name, role, project_ids: projectIds && [...projectIds] }
        await note(trx, 'user_created', {
          actor,
          id,
          summary: `${name} was given an account`,
          data,
        })
        return id
      })
      return { id, oneTime }
    } catch (error) {
      if (isUniqueViolation(error)) {
        throw new BadInput('email', 'Somebody has this address or this name already')
      }
      throw error
    }
  }

  /** Throws BadInput. Streams end within seconds; logins end too where the account is disabled. */
  async change(id: string, reach: ProjectAccess, actor: string): Promise<boolean> {
    const { role, projectIds, isDisabled } = reach
    validateProjectAccess(role, projectIds)
    return this.changing(id, async (trx, person) => {
      if (role !== 'admin' || isDisabled) await requireOtherAdmin(trx, id)
      await trx
        .updateTable('users')
        .set({
          role,
          project_ids: projectIds && [...projectIds],
          disabled_at: isDisabled ? sql<Date>`coalesce(disabled_at, clock_timestamp())` : null,
          updated_at: sql<Date>`clock_timestamp()`,
        })
        .where('id', '=', id)
        .execute()
      if (isDisabled) await endLogins(trx, id)
      const data = {
        name: person.name,
        role,
        project_ids: projectIds && [...projectIds],
        disabled: isDisabled,
      }
      await note(trx, 'user_changed', {
        actor,
        id,
        summary: `${person.name}’s rights changed`,
        data,
      })
    })
  }

  /** Throws BadInput. */
  remove(id: string, actor: string): Promise<boolean> {
    return this.changing(id, async (trx, { name }) => {
      await requireOtherAdmin(trx, id)
      // Their password and their logins go with them.
      await trx.deleteFrom('users').where('id', '=', id).execute()
      await note(trx, 'user_deleted', {
        actor,
        id,
        summary: `${name}’s account was deleted`,
        data: { name },
      })
    })
  }

  /** Returns a one-time password that must be changed at login; null where there is no such account. */
  async resetPassword(id: string, actor: string): Promise<string | null> {
    const oneTime = oneTimePassword()
    const hash = await this.passwords.hash(oneTime)
    const isDone = await this.changing(id, async (trx, { name }) => {
      await setPassword(trx, { id, hash, isTemporary: true })
      await endLogins(trx, id)
      const summary = `${name} was given a one-time password`
      await note(trx, 'password_reset', { actor, id, summary, data: { name } })
    })
    return isDone ? oneTime : null
  }

  /** Ends every login but `keptToken`. Throws BadInput. */
  async setOwnPassword(
    { id, password, keptToken }: { id: string; password: string; keptToken: string | null },
    actor: string,
  ): Promise<void> {
    const hash = await this.passwords.hash(password, 'new_password')
    await this.changing(id, async (trx, { name }) => {
      await setPassword(trx, { id, hash, isTemporary: false })
      await endLogins(trx, id, keptToken)
      const summary = `${name} changed their password`
      await note(trx, 'password_changed', { actor, id, summary, data: { name } })
    })
  }

  /** Locks the administrators first, always in the same order: of two that go, one has to stay. */
  private changing(
    id: string,
    change: (trx: Kysely<Schema>, person: Person) => Promise<void>,
  ): Promise<boolean> {
    return this.db.transaction().execute(async (trx) => {
      const rows = await people(trx)
        .select(COLUMNS)
        .where((eb) => eb.or([eb('id', '=', id), eb('role', '=', 'admin')]))
        .orderBy('id')
        .forUpdate()
        .execute()
      const row = rows.find((candidate) => candidate.id === id)
      if (!row) return false
      await change(trx, toPerson(row))
      return true
    })
  }
}

function note(
  trx: Kysely<Schema>,
  event: AccessEvent,
  { id, ...change }: { actor: string; id: string; summary: string; data: AccessData },
): Promise<void> {
  return logAudit(trx, { ...change, event, target: { type: 'user', id } })
}

type AccessData = Parameters<typeof logAudit>[1]['data'] & {}
