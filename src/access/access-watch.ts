import { runAsReader } from '../db/reader'
import type { EventRow } from '../log/event-row'
import { ACCESS_TYPES } from '../log/scope'
import { SharedQuery } from '../log/shared-look'
import type { AccessEvent } from './access-log'
import { type Grant, LOCAL_GRANT_ID } from './grant'

/** The streams that are open under grants. */
interface GrantedStreams {
  /** Each grant in use, once for each text of what it allowed. */
  grantsInUse(): readonly Pick<Grant, 'id' | 'allows'>[]
  /** Ends the streams that were opened under a grant while it allowed this. */
  endGrant(id: string, allows: string): void
}

/**
 * Reads what each of these grants allows now; one that has ended is missing. The grant of the person
 * at the machine is there, asked for or not, as long as there are no accounts.
 */
type ReadGrants = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>

interface WatchOptions {
  readonly streams: GrantedStreams
  /** Whether the tail has given out all that was committed more than so many ms ago. */
  readonly isCaughtUp: (withinMs: number) => boolean
  /** Called once for each time that checks begin to fail. */
  readonly onError: (error: unknown) => void
}

/** After these a grant may have ended or allow something else, or the first account exists. */
const ENDING: readonly AccessEvent[] = [
  'logged_out',
  'password_changed',
  'password_reset',
  'token_changed',
  'token_revoked',
  'user_changed',
  'user_created',
  'user_deleted',
]
const ENDING_TYPES = new Set(ENDING.map((event) => `${ACCESS_TYPES}${event}`))

/**
 * The tail reads every two seconds at least. Together with the tick this keeps the end of a stream
 * within five seconds of its cause, however the tail fails.
 */
const CAUGHT_UP_MS = 2_500
const TICK_MS = 500
/** Between two checks while the tail is not caught up. */
const AWAY_CHECK_MS = 2_000
/** Between two checks at most: rows that were changed by hand have no row in the log. */
const SAFETY_CHECK_MS = 60_000

/**
 * Ends the streams whose grant has ended or changed, whichever process has changed it, and knows
 * whether there are accounts. Rows of the log say when to look, the tables say what is true: one
 * query for all grants in use. Where the tail is not caught up, the query is made every two seconds.
 * While the database is away nothing can be revoked, and streams go on to the expiry they know.
 */
export class AccessWatch {
  /** Counts what may have ended grants. A grant is looked up after its version is noted. */
  version = 0
  hasPeople = false
  private checkedVersion = 0
  private checkedAt = Number.NEGATIVE_INFINITY
  private hasFailed = false
  private options: WatchOptions | null = null
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | null = null
  private readonly checks = new SharedQuery(() => runAsReader(null, () => this.compare()))

  constructor(private readonly readGrants: ReadGrants) {}

  start(options: WatchOptions): void {
    this.options = options
    this.timer = setInterval(() => this.tick(), TICK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.options = null
    await this.running
  }

  /** Takes rows that the tail has read. */
  deliver(rows: readonly EventRow[]): void {
    if (rows.some(({ type }) => ENDING_TYPES.has(type))) this.invalidate()
  }

  /** Any grant may have changed: rows were removed before the tail had read them, for example. */
  invalidate(): void {
    this.version++
    this.run()
  }

  /** Has to be called for each stream that is opened: its grant may have ended since it was looked up. */
  opened(grant: Grant | null): void {
    if (grant && grant.version < this.version) this.run()
  }

  /** Compares what streams are open under with what is stored after this call. Rejects without a database. */
  check(): Promise<void> {
    return this.checks.read()
  }

  private tick(): void {
    const pauseMs = this.options?.isCaughtUp(CAUGHT_UP_MS) ? SAFETY_CHECK_MS : AWAY_CHECK_MS
    const isOld = performance.now() - this.checkedAt >= pauseMs
    if (isOld || this.checkedVersion < this.version) this.run()
  }

  private run(): void {
    const run = this.check().then(
      () => {
        this.hasFailed = false
      },
      (error: unknown) => {
        if (!this.hasFailed) this.options?.onError(error)
        this.hasFailed = true
      },
    )
    this.running = run
  }

  private async compare(): Promise<void> {
    const { version, options } = this
    const checkedAt = performance.now()
    const inUse = options?.streams.grantsInUse() ?? []
    const present = await this.readGrants([...new Set(inUse.map(({ id }) => id))])
    this.hasPeople = !present.has(LOCAL_GRANT_ID)
    for (const { id, allows } of inUse) {
      if (present.get(id) !== allows) options?.streams.endGrant(id, allows)
    }
    this.checkedVersion = version
    this.checkedAt = checkedAt
  }
}
