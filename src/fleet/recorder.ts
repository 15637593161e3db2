import type { Database } from '../db/connect'
import { databaseFault } from '../db/errors'
import { BadInput } from '../errors/app-error'
import { GroupCommit } from '../log/group-commit'
import { recordReports } from './apply-reports'
import type { Report } from './report'
import type { Allowance, AllowedProjects, Receipt, ReportJob } from './report-job'

/** The database is not there, or not within the second that a sender can wait. */
export class DatabaseUnavailable extends Error {
  readonly retryAfterSeconds = 2
}

const MAX_ATTEMPTS = 4
const MAX_WAITING_JOBS = 2_000
const MAX_WAITING_BYTES = 96 * 1024 * 1024
const MAX_GROUP_JOBS = 200
const MAX_GROUP_BYTES = 4 * 1024 * 1024
/** How long a group waits for a database that cannot be reached. */
const AWAY_PATIENCE_MS = 1_000
const AWAY_RETRY_MS = 100
/** Deadlocks are over at once; a lock of the log held for longer than this is a fault. */
const CONFLICT_PATIENCE_MS = 5_000

/** Stores reports: many requests share a transaction, and each is answered after its commit. */
export class Recorder {
  private readonly group: GroupCommit<ReportJob, Receipt>
  private begunAt: number | null = null

  /** Reports that were stored, and that had been before, since the start. */
  readonly counters = { accepted: 0, duplicates: 0 }

  /** `onGroup` hears how many requests shared a transaction, and how long that took. */
  constructor(
    private readonly db: Database,
    onGroup: (requests: number, ms: number) => void = () => {},
  ) {
    this.group = new GroupCommit({
      onGroup,
      commit: (jobs) => this.commitGroup(jobs),
      maxWaitingJobs: MAX_WAITING_JOBS,
      maxWaitingBytes: MAX_WAITING_BYTES,
      maxGroupJobs: MAX_GROUP_JOBS,
      maxGroupBytes: MAX_GROUP_BYTES,
    })
  }

  /**
   * Resolves after the commit: all of the reports are stored, or none. Throws Unavailable and
   * DatabaseUnavailable, which the sender may answer by trying again, and InvalidData, which it may not; and
   * ProjectForbidden where a report is for a project outside of `bounds`, or what `allowance` refuses with.
   */
  async record(
    reports: readonly Report[],
    bytes: number,
    bounds: AllowedProjects = null,
    allowance: Allowance | null = null,
  ): Promise<Receipt> {
    const receipt = await this.group.submit({ reports, bounds, allowance }, bytes)
    this.counters.accepted += receipt.accepted
    this.counters.duplicates += receipt.duplicates
    return receipt
  }

  /** Since when a group has been waiting for its commit, by performance.now(); null: none is. */
  get writingSince(): number | null {
    return this.begunAt
  }

  /** Settles what was taken, takes nothing more. */
  close(): Promise<void> {
    return this.group.close()
  }

  private async commitGroup(jobs: ReportJob[]): Promise<(Receipt | Error)[]> {
    this.begunAt = performance.now()
    try {
      return await this.commit(jobs)
    } finally {
      this.begunAt = null
    }
  }

  private async commit(jobs: ReportJob[]): Promise<(Receipt | Error)[]> {
    try {
      return await this.commitTogether(jobs)
    } catch (error) {
      const fault = databaseFault(error)
      if (fault === 'away' || fault === 'conflict' || jobs.length === 1) throw asAnswer(error)
    }
    // One job's values are at fault: halving the group finds which.
    const half = Math.ceil(jobs.length / 2)
    const first = await this.commitHalf(jobs.slice(0, half))
    return [...first, ...(await this.commitHalf(jobs.slice(half)))]
  }

  /** A failure of this half must not undo the other half's commit. */
  private commitHalf(jobs: ReportJob[]): Promise<(Receipt | Error)[]> {
    return this.commit(jobs).catch((error: Error) => jobs.map(() => error))
  }

  private async commitTogether(jobs: ReportJob[]): Promise<(Receipt | Error)[]> {
    const startedAt = Date.now()
    for (let attempt = 1; ; attempt++) {
      let begun = false
      try {
        const { outcomes, charge } = await this.db.transaction().execute((trx) => {
          begun = true
          return recordReports(trx, jobs)
        })
        charge()
        return outcomes
      } catch (error) {
        const fault = databaseFault(error)
        const waitedMs = Date.now() - startedAt
        // Once a transaction has begun, whether it was committed is unknown: no retry.
        const mayCome = fault === 'away' && !begun && waitedMs + AWAY_RETRY_MS < AWAY_PATIENCE_MS
        const mayPass = fault === 'conflict' && attempt < MAX_ATTEMPTS
        if (!mayCome && !(mayPass && waitedMs < CONFLICT_PATIENCE_MS)) throw error
        await new Promise((resolve) => setTimeout(resolve, AWAY_RETRY_MS * Math.random()))
      }
    }
  }
}

function asAnswer(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  switch (databaseFault(error)) {
    case 'data':
      return new BadInput(null, `The database refuses this report: ${reason}`, { cause: error })
    case 'away':
      return new DatabaseUnavailable('The database cannot be reached; report again', {
        cause: error,
      })
    case 'conflict':
      return new DatabaseUnavailable('Another transaction holds the log; report again', {
        cause: error,
      })
    default:
      return error instanceof Error ? error : new Error(reason)
  }
}
