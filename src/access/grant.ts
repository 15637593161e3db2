import type { Rights } from './rights'

/** What a visitor was admitted by, and what its streams are open under: a login session, or a token. */
export interface Grant {
  readonly id: string
  /** What it allows, as text: when that changes, what is open under the old rights is ended. */
  readonly allows: string
  /** When it ends by itself, as Unix time in ms; Infinity: never. */
  readonly expiresAt: number
  /** `AccessWatch.version` before the grant was looked up. */
  readonly version: number
}

/** The grant of the person at the machine, for as long as there are no accounts. */
export const LOCAL_GRANT_ID = 'local'

export function sessionGrantId(sessionId: string): string {
  return `session:${sessionId}`
}

export function tokenGrantId(tokenId: string): string {
  return `token:${tokenId}`
}

/** Equal for equal rights. */
export function allowsOf({ may, projectIds }: Rights): string {
  return JSON.stringify([may, projectIds])
}
