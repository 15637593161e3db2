import { sql } from 'kysely'
import type { Database } from '../db/connect'

/** A page is one short transaction: other readers of the database wait behind nothing long. */
const PAGE_ROWS = 200
/** Rows come in many small batches; so long is waited for more of them. */
const PAUSE_MS = 250
/** What another process wrote, or had under way when we looked. */
const SAFETY_MS = 5_000

export interface SearchIndexOptions {
  readonly db: Database
  readonly onError: (error: unknown) => void
  readonly pageRows?: number
  readonly pauseMs?: number
  readonly safetyMs?: number
}

/**
 * Fills what the log is searched by, from its position to the log's head, behind the writers and in
 * one process at a time. A search does not wait for it: rows after the position are looked at
 * directly, so the index is about speed only.
 */
export class SearchIndex {
  private timer: NodeJS.Timeout
  private running: Promise<void> | null = null
  /** Something was written since the index was last looked at. */
  private isWoken = true
  private isStopped = false

  constructor(private readonly options: SearchIndexOptions) {
    this.timer = setTimeout(() => this.run(), 0)
  }

  /** Something was written. */
  notify(): void {
    // A pause that is under way is not prolonged, or a steady stream of rows would never be indexed.
    if (this.isWoken || this.isStopped) return
    this.isWoken = true
    if (!this.running) this.runIn(this.options.pauseMs ?? PAUSE_MS)
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    await this.running
  }

  private runIn(ms: number): void {
    clearTimeout(this.timer)
    if (!this.isStopped) this.timer = setTimeout(() => this.run(), ms)
  }

  private run(): void {
    this.isWoken = false
    const { pauseMs = PAUSE_MS, safetyMs = SAFETY_MS, onError } = this.options
    this.running = this.catchUp()
      .catch((error: unknown) => onError(error))
      .finally(() => {
        this.running = null
        this.runIn(this.isWoken ? pauseMs : safetyMs)
      })
  }

  private async catchUp(): Promise<void> {
    const { db, pageRows = PAGE_ROWS } = this.options
    while (!this.isStopped && (await indexPage(db, pageRows)) === pageRows);
  }
}

/** Takes up to `limit` rows after the position. Returns how many; 0 if another process is at it. */
export async function indexPage(db: Database, limit: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    // What a crash undoes is indexed again: position and rows are undone together.
    const { rows } = await sql<{ mine: boolean }>`
      SELECT set_config('synchronous_commit', 'off', true),
        pg_try_advisory_xact_lock(hashtext('muster.search')) AS mine`.execute(trx)
    if (!rows[0]?.mine) return 0
    // A statement of its own: its snapshot has to be taken under the lock.
    const taken = await sql<{ count: number }>`
      WITH page AS MATERIALIZED (
        SELECT id, event_words(events) AS words FROM events
        WHERE id > (SELECT indexed_through FROM event_search_position)
        ORDER BY id LIMIT ${limit}
      ), filled AS (
        INSERT INTO event_search (event_id, words) SELECT id, words FROM page ORDER BY id
        ON CONFLICT DO NOTHING
      ), moved AS (
        UPDATE event_search_position SET indexed_through = (SELECT max(id) FROM page)
        WHERE EXISTS (SELECT FROM page)
      )
      SELECT count(*) FROM page`.execute(trx)
    return taken.rows[0]?.count ?? 0
  })
}
