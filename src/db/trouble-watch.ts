import type { Database } from './connect'
import { isOfFullDisk } from './errors'
import {
  DISK_FULL,
  findLockHolders,
  isDiskFull,
  lockedBy,
  stillHolding,
  type Trouble,
} from './trouble'

interface TroubleWatchOptions {
  /** With a connection of its own: those of others may all be waiting. */
  readonly db: Database
  /** Where the database's files are; null: on another machine, or not known. */
  readonly folder: string | null
  /** Whether the log is being read. */
  readonly isAvailable: () => boolean
  /** Since when a group of reports has been waiting for the database, by performance.now(). */
  readonly writingSince: () => number | null
  /** Hears of each change; null: there is no trouble any more. */
  readonly onChange: (trouble: Trouble | null) => void
}

const CHECK_MS = 1_000
/** Reports that take so long wait for a lock. */
const SLOW_MS = 1_500
/** The last full disk was so long ago that there is room again. */
const FULL_FOR_MS = 10_000

/** Finds out why reports are refused or wait: a full disk, or a lock that another transaction holds. */
export class TroubleWatch {
  private current: Trouble | null = null
  private fullAt: number | null = null
  private isChecking = false
  private readonly timer: NodeJS.Timeout

  constructor(private readonly options: TroubleWatchOptions) {
    this.timer = setInterval(() => void this.check(), CHECK_MS)
  }

  get trouble(): Trouble | null {
    return this.current
  }

  /** Takes note of what a statement failed with. */
  note(error: unknown): void {
    if (!isOfFullDisk(error)) return
    this.fullAt = performance.now()
    this.set(DISK_FULL)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private async check(): Promise<void> {
    if (this.isChecking) return
    this.isChecking = true
    try {
      await this.checkDisk()
      const lock = await this.findLock()
      this.set(this.fullAt === null ? lock : DISK_FULL)
    } catch {
      // An unavailable database is reported elsewhere, and no statement waits for a lock of it.
      this.set(this.fullAt === null ? null : DISK_FULL)
    } finally {
      this.isChecking = false
    }
  }

  /** Looks only where something is wrong: a disk that is nearly full may be well. */
  private async checkDisk(): Promise<void> {
    const { folder, isAvailable } = this.options
    const now = performance.now()
    if (folder !== null && (this.fullAt !== null || !isAvailable())) {
      if (await isDiskFull(folder)) this.fullAt = now
    }
    if (this.fullAt !== null && now - this.fullAt > FULL_FOR_MS) this.fullAt = null
  }

  private async findLock(): Promise<Trouble | null> {
    if (this.fullAt !== null) return null
    const { db, writingSince } = this.options
    const since = writingSince()
    if (since !== null && performance.now() - since > SLOW_MS) {
      const holders = await findLockHolders(db)
      if (holders.length > 0) return lockedBy(holders)
    }
    if (this.current?.kind !== 'locked') return null
    const holders = await stillHolding(db, this.current.holders)
    return holders.length > 0 ? lockedBy(holders) : null
  }

  private set(trouble: Trouble | null): void {
    const isSame = this.current?.message === trouble?.message
    this.current = trouble
    if (!isSame) this.options.onChange(trouble)
  }
}
