import { readNotice } from './live-event'
import { MAX_TOPICS } from './live-request'
import { type LiveFrame, type Notice, STATUSES, type Status } from './live-types'
import { fieldsOf } from './parse-object'

/**
 * What the tabs of a browser say to each other. `term` names a leader; of two leaders the one with
 * the higher term has been elected later. Messages of one tab arrive in the order they were sent.
 */
export type TabMessage = FromLeader | FromTab

export type FromLeader =
  /** How the stream is, if that is known, and which tabs get all that changes on their page. */
  | {
      readonly kind: 'state'
      readonly term: string
      readonly status: Status | null
      readonly isHidden: boolean
      readonly served: readonly string[]
    }
  | ({ readonly kind: 'frame'; readonly term: string } & LiveFrame)
  | { readonly kind: 'reset'; readonly term: string; readonly topic: string | null }
  | { readonly kind: 'notice'; readonly term: string; readonly notice: Notice }
  | { readonly kind: 'unauthorized'; readonly term: string }
  /** Every tab should say that it is there. */
  | { readonly kind: 'ask'; readonly term: string }

export type FromTab =
  /** A tab shows the page of these topics, and has seen all of them up to its cursor. */
  | {
      readonly kind: 'here'
      readonly tab: string
      readonly topics: readonly string[]
      readonly cursor: string
      readonly isHidden: boolean
    }
  | { readonly kind: 'gone'; readonly tab: string }

const MAX_TABS = 1_000

/** Reads what came over the channel; null for what none of us has sent. */
export function readTabMessage(data: unknown): TabMessage | null {
  const fields = fieldsOf(data)
  return isText(fields.tab) ? readFromTab(fields, fields.tab) : readFromLeader(fields)
}

function readFromTab(fields: Record<string, unknown>, tab: string): FromTab | null {
  const { kind, topics, cursor } = fields
  if (kind === 'gone') return { kind, tab }
  if (kind !== 'here' || !areTopics(topics) || !isCursor(cursor)) return null
  return { kind, tab, topics, cursor, isHidden: fields.isHidden === true }
}

function readFromLeader(fields: Record<string, unknown>): FromLeader | null {
  const { kind, term, topic, html, cursor } = fields
  if (!isText(term)) return null
  if (kind === 'ask' || kind === 'unauthorized') return { kind, term }
  if (kind === 'notice') return { kind, term, notice: readNotice(fields.notice) }
  if (kind === 'state') return readState(fields, term)
  if (topic !== null && !isText(topic)) return null
  if (kind === 'reset') return { kind, term, topic }
  if (kind !== 'frame' || typeof html !== 'string' || !isCursor(cursor)) return null
  return { kind, term, topic, html, cursor }
}

function readState(fields: Record<string, unknown>, term: string): FromLeader | null {
  const status = STATUSES.find((known) => known === fields.status) ?? null
  const { served } = fields
  if (status !== fields.status || !Array.isArray(served) || served.length > MAX_TABS) return null
  if (!served.every(isText)) return null
  return { kind: 'state', term, status, isHidden: fields.isHidden === true, served }
}

function areTopics(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.length <= MAX_TOPICS && value.every(isText)
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && /^\d{0,16}$/.test(value)
}

/** A term for a leader elected now, later than all that are known. */
export function nextTerm(known: string, tab: string, now: number): string {
  const last = Number.parseInt(known, 10) || 0
  return `${String(Math.max(now, last + 1)).padStart(16, '0')}-${tab}`
}
