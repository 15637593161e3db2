import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Database } from '../db/connect'

interface OpenStream {
  readonly id: string
  readonly family: string
  /** Whose it is, as `actor_id` in the log. */
  readonly visitor: string
  readonly address: string
  /** What was asked for. */
  readonly reads: string
  /** Unix time in ms. */
  readonly openedAt: number
}

/** The streams of this process. */
interface StreamUse {
  openStreams(): readonly OpenStream[]
  /** Ends a stream because an administrator wants it ended; nothing happens where there is none. */
  endStream(id: string): void
}

const SYNC_MS = 2_000
/** A process that was not seen for so long is dead, and its rows go. */
const DEAD_SECONDS = 60
const MAX_ROWS = 1_000
const MAX_READS = 200

/**
 * Keeps this process's rows in the table of connections true, and ends connections that another
 * process was asked to end, every two seconds. While the database is away nothing is written, and
 * streams go on.
 */
export class Presence {
  readonly id = randomUUID()
  private readonly written = new Set<string>()
  private readonly timer: NodeJS.Timeout
  private running: Promise<void> | null = null
  private hasFailed = false

  constructor(
    private readonly db: Database,
    private readonly use: StreamUse,
    private readonly onError: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      if (!this.running) void this.sync()
    }, SYNC_MS)
  }

  /** Resolves when the table is as the streams were at this moment or later. */
  async sync(): Promise<void> {
    // What is under way may have looked at the streams before.
    await this.running
    this.running ??= this.attempt().finally(() => {
      this.running = null
    })
    await this.running
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.running
    await sql`DELETE FROM processes WHERE id = ${this.id}`.execute(this.db).catch(() => undefined)
  }

  private async attempt(): Promise<void> {
    try {
      await this.write()
      this.hasFailed = false
    } catch (error) {
      // Once for each time that the database is away.
      if (!this.hasFailed) this.onError(error)
      this.hasFailed = true
    }
  }

  private async write(): Promise<void> {
    const { rows } = await sql<{ is_known: boolean; ended: string[] }>`
      WITH dead AS (
        DELETE FROM processes
        WHERE seen_at < clock_timestamp() - make_interval(secs => ${DEAD_SECONDS})
          AND id <> ${this.id}
      ), seen AS (
        UPDATE processes SET seen_at = clock_timestamp() WHERE id = ${this.id} RETURNING id
      )
      SELECT EXISTS (SELECT FROM seen) AS is_known, ARRAY(
        SELECT id::text FROM connections WHERE process_id = ${this.id} AND ended_by IS NOT NULL
      ) AS ended`.execute(this.db)
    const [found] = rows
    if (!found?.is_known) await this.introduce()
    for (const id of found?.ended ?? []) this.use.endStream(id)
    await this.writeChanges()
  }

  /** At first, and where another process has taken this one for dead, or the table was emptied. */
  private async introduce(): Promise<void> {
    const name = `${hostname()}:${process.pid}`.slice(-200)
    await sql`
      INSERT INTO processes (id, name) VALUES (${this.id}, ${name})
      ON CONFLICT (id) DO NOTHING`.execute(this.db)
    this.written.clear()
  }

  private async writeChanges(): Promise<void> {
    const open = new Map(this.use.openStreams().map((stream) => [stream.id, stream]))
    const gone = [...this.written].filter((id) => !open.has(id))
    if (gone.length > 0) {
      await sql`DELETE FROM connections WHERE id = ANY(${gone}::uuid[])`.execute(this.db)
      for (const id of gone) this.written.delete(id)
    }
    const fresh = [...open.values()].filter(({ id }) => !this.written.has(id))
    for (let from = 0; from < fresh.length; from += MAX_ROWS) {
      await this.insert(fresh.slice(from, from + MAX_ROWS))
    }
  }

  private async insert(streams: readonly OpenStream[]): Promise<void> {
    const rows = streams.map(({ reads, openedAt, ...rest }) => ({
      ...rest,
      // The database stores no NUL, and half a character is none.
      reads: [...reads.replaceAll('\0', '')].slice(0, MAX_READS).join(''),
      opened_at: new Date(openedAt),
    }))
    await sql`
      INSERT INTO connections (id, process_id, family, visitor, address, reads, opened_at)
      SELECT id, ${this.id}, family, visitor, address, reads, opened_at
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS given (id uuid, family text, visitor text, address text, reads text,
          opened_at timestamptz)
      ON CONFLICT (id) DO NOTHING`.execute(this.db)
    for (const { id } of streams) this.written.add(id)
  }
}
