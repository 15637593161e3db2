import { BadInput } from '../errors/app-error'
import { type Right, type Rights, rightsOf } from './rights'

/** What people may do: look; look and act; decide about others. */
export const ROLES = ['viewer', 'member', 'admin'] as const
export type Role = (typeof ROLES)[number]

const RIGHTS_OF: Readonly<Record<Role, readonly Right[]>> = {
  viewer: ['read'],
  member: ['report', 'read'],
  admin: ['admin'],
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** Null: all projects, and what belongs to none. */
  readonly projectIds: readonly number[] | null
  readonly isDisabled: boolean
  /** They have to choose a password of their own before anything else. */
  readonly passwordIsTemporary: boolean
}

/** The row under which those are logged in who have shown the MUSTER_TOKEN. */
export const TOKEN_USER = 'token'

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,49}$/u
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,189}$/

/** The `actor_id` of an account's rows in the log. */
export function actorOf(userId: string): string {
  return userId === TOKEN_USER ? 'token' : `user:${userId}`
}

export function rightsOfRole(role: string, projectIds: readonly number[] | null): Rights {
  return rightsOf(isRole(role) ? RIGHTS_OF[role] : [], projectIds)
}

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text)
}

/** Throws BadInput. */
export function parseRole(text: string): Role {
  if (isRole(text)) return text
  throw new BadInput('role', `A role is one of ${ROLES.join(', ')}`)
}

/** Address and name as they are kept; the name is the start of the address where none is given. */
export function parseIdentity(given: { email: string; name: string }) {
  const email = given.email.trim().toLowerCase()
  if (!EMAIL.test(email)) throw new BadInput('email', 'That is no e-mail address')
  const name = given.name.trim() || (email.split('@')[0] ?? '')
  if (NAME.test(name)) return { email, name }
  throw new BadInput('name', 'A name is made of letters, digits, spaces and . _ -, 50 at most')
}

/** Throws BadInput. */
export function validateProjectAccess(role: Role, projectIds: readonly number[] | null): void {
  if (projectIds === null) return
  if (role === 'admin') {
    throw new BadInput('projects', 'Who decides about others cannot be bound to projects')
  }
  if (projectIds.length === 0) throw new BadInput('projects', 'Choose at least one project')
}
