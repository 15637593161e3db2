import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../db/connect'
import { logAudit } from './access-log'

interface ConnectedStream {
  readonly id: string
  readonly family: string
  readonly visitor: string
  /** Of the account or the token; null where it has none, or is gone. */
  readonly name: string | null
  readonly address: string
  /** Path and query of the request, at most 200 characters. */
  readonly reads: string
  readonly openedAt: Date
  /** Host and number of the process that it is connected to. */
  readonly process: string
  /** An administrator has ended it; it is gone within seconds. */
  readonly isEnding: boolean
}

interface ConnectedVisitor {
  readonly visitor: string
  readonly name: string | null
  readonly streams: number
}

export interface Connected {
  /** Newest first, at most 200. */
  readonly streams: readonly ConnectedStream[]
  /** The visitors with most streams first, at most 100; of all, whatever the filter. */
  readonly visitors: readonly ConnectedVisitor[]
  /** To be given as `after` for those that follow; null: there are none. */
  readonly next: string | null
}

const MAX_STREAMS = 200
const MAX_VISITORS = 100
/** A process writes every two seconds that it is there. */
const FRESH_SECONDS = 15
const PLACE = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

const FRESH = sql`seen_at > clock_timestamp() - make_interval(secs => ${sql.lit(FRESH_SECONDS)})`
const NAMES = sql`
  LEFT JOIN users ON visitor = 'user:' || users.id
  LEFT JOIN tokens ON visitor = 'token:' || tokens.id::text`

/** Whether the text is a `next` that was given before. */
export function isPlaceAmongConnected(text: string): boolean {
  return PLACE.test(text)
}

/** The open streams of every process on this database, as each process wrote them within the last seconds. */
export async function listConnected(
  db: Database,
  { visitor = null, after = null }: { visitor?: string | null; after?: string | null } = {},
): Promise<Connected> {
  const { rows } = await sql<ConnectedStream & { micros: string }>`
    SELECT connections.id, family, visitor, coalesce(users.name, tokens.name) AS name, address,
      reads, opened_at AS "openedAt", processes.name AS process, ended_by IS NOT NULL AS "isEnding",
      (extract(epoch FROM opened_at) * 1000)::bigint::text AS micros
    FROM connections JOIN processes ON processes.id = process_id ${NAMES}
    WHERE ${FRESH} AND ${visitor === null ? sql`true` : sql`visitor = ${visitor}`} AND ${older(after)}
    ORDER BY opened_at DESC, connections.id DESC LIMIT ${MAX_STREAMS + 1}`.execute(db)
  const streams = rows.slice(0, MAX_STREAMS)
  const last = streams.at(-1)
  return {
    streams: streams.map(({ micros: _, ...stream }) => stream),
    visitors: await countVisitors(db),
    next: rows.length > MAX_STREAMS && last ? `${last.micros}.${last.id}` : null,
  }
}

/** Streams are opened at whole milliseconds: the time in a place is exact. */
function older(after: string | null): RawBuilder<boolean> {
  const [, ms, id] = PLACE.exec(after ?? '') ?? []
  if (ms === undefined || id === undefined) return sql<boolean>`true`
  return sql<boolean>`
    (opened_at, connections.id) < (to_timestamp(${ms}::double precision / 1000), ${id}::uuid)`
}

async function countVisitors(db: Database): Promise<readonly ConnectedVisitor[]> {
  const { rows } = await sql<ConnectedVisitor>`
    SELECT visitor, coalesce(users.name, tokens.name) AS name, count(*) AS streams
    FROM connections JOIN processes ON processes.id = process_id ${NAMES}
    WHERE ${FRESH} GROUP BY visitor, users.name, tokens.name
    ORDER BY streams DESC, visitor LIMIT ${MAX_VISITORS}`.execute(db)
  return rows
}

/**
 * Asks the process that holds the stream to end it, which it does within two seconds, and notes who
 * asked. False where there is no such stream, or a request to end it is stored already.
 */
export async function endConnected(db: Database, id: string, actor: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ visitor: string; family: string; address: string; reads: string }>`
      UPDATE connections SET ended_by = ${actor} WHERE id = ${id} AND ended_by IS NULL
      RETURNING visitor, family, address, reads`.execute(trx)
    const [ended] = rows
    if (!ended) return false
    await logAudit(trx, {
      event: 'connection_ended',
      actor,
      target: { type: 'connection', id },
      summary: `A stream of ${ended.visitor} was ended`,
      data: { ...ended },
    })
    return true
  })
}
