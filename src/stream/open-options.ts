import type { ConnectionTimes, EndReason } from './connection'
import type { Family } from './families'

export interface ConnectionLimits extends ConnectionTimes {
  maxPerFamily: number
}

/** A login or a token, what it allowed when the stream was opened, and when it ends by itself. */
export interface StreamGrant {
  readonly id: string
  readonly allows: string
  readonly expiresAt: number
}

export interface OpenOptions {
  family: Family
  /** Whose it is: a share of the pool is for each visitor, however many streams that one opens. */
  visitor: string
  /** Where it comes from, for the log. */
  client: string
  /** The same without the port. */
  address?: string
  /** What was asked for: path and query. */
  reads?: string
  /** What else the log should say when it opens: what it reads, and from where. */
  about?: Readonly<Record<string, unknown>>
  /** What it is open under, and ends with; null: nothing but a restart. */
  grant?: StreamGrant | null
  heartbeat?: () => string
  isPrivate?: boolean
}

export interface ConnectionFacts {
  readonly family: Family
  readonly client: string
  /** How many of the family there are now. */
  readonly active: number
}

export type ConnectionEvent = ConnectionFacts &
  (
    | { readonly kind: 'opened'; readonly connection: string; readonly about: object }
    | { readonly kind: 'refused'; readonly reason: 'full' | 'stopping' }
    | {
        readonly kind: 'closed'
        readonly connection: string
        readonly reason: EndReason
        readonly durationMs: number
        readonly bytes: number
      }
  )
