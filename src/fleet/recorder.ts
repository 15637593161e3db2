import type { Database } from '../db/connect'
import { databaseFault } from '../db/errors'
import { GroupCommit } from '../log/group-commit'
import { readBounds } from '../log/history'
import { recordReports } from './record'
import type { Report } from './report'

/** What a request is told after its commit. */
export interface Receipt {
  accepted: number
  duplicates: number
  /** The id of the last row that it caused; of the log's tail if everything was a duplicate. */
  lastId: number
}

/** The database is not there, or not within the second that a sender can wait. */
export class DatabaseAway extends Error {
  readonly retryAfterSeconds = 2
}

/** The database refuses the values of a report. */
export class Unstorable extends Error {}

const MAX_ATTEMPTS = 4
const MAX_WAITING_JOBS = 2_000
const MAX_WAITING_BYTES = 96 * 1024 * 1024
const MAX_GROUP_JOBS = 200
const MAX_GROUP_BYTES = 4 * 1024 * 1024
/** How long a group waits for a database that cannot be reached. */
const AWAY_PATIENCE_MS = 1_000
const AWAY_RETRY_MS = 100

/** Stores reports: many requests share a transaction, and each is answered after its commit. */
export class Recorder {
  private readonly group: GroupCommit<readonly Report[], Receipt>

  constructor(private readonly db: Database) {
    this.group = new GroupCommit({
      commit: (jobs) => this.commit(jobs),
      maxWaitingJobs: MAX_WAITING_JOBS,
      maxWaitingBytes: MAX_WAITING_BYTES,
      maxGroupJobs: MAX_GROUP_JOBS,
      maxGroupBytes: MAX_GROUP_BYTES,
    })
  }

  /**
   * Resolves after the commit: all of the reports are stored, or none. Throws Overloaded and
   * DatabaseAway, which the sender may answer by trying again, and Unstorable, which it may not.
   */
  record(reports: readonly Report[], bytes: number): Promise<Receipt> {
    return this.group.submit(reports, bytes)
  }

  /** Settles what was taken, takes nothing more. */
  close(): Promise<void> {
    return this.group.close()
  }

  private async commit(jobs: (readonly Report[])[]): Promise<(Receipt | Error)[]> {
    try {
      return await this.commitTogether(jobs)
    } catch (error) {
      if (databaseFault(error) !== 'data') throw asAnswer(error)
      if (jobs.length === 1) return [asAnswer(error)]
    }
    // Somebody's values are at fault: alone, each answers for itself.
    const outcomes: (Receipt | Error)[] = []
    for (const job of jobs) outcomes.push(...(await this.commit([job]).catch((e: Error) => [e])))
    return outcomes
  }

  private async commitTogether(jobs: (readonly Report[])[]): Promise<Receipt[]> {
    const patience = Date.now() + AWAY_PATIENCE_MS
    for (let attempt = 1; ; attempt++) {
      let begun = false
      try {
        const receipts = await this.db.transaction().execute((trx) => {
          begun = true
          return recordReports(trx, jobs)
        })
        return await this.withTail(receipts)
      } catch (error) {
        const fault = databaseFault(error)
        // Once a transaction has begun, nobody can say whether it was committed: not our retry.
        const mayCome = fault === 'away' && !begun && Date.now() + AWAY_RETRY_MS < patience
        if (!mayCome && !(fault === 'conflict' && attempt < MAX_ATTEMPTS)) throw error
        await new Promise((resolve) => setTimeout(resolve, AWAY_RETRY_MS * Math.random()))
      }
    }
  }

  private async withTail(receipts: Receipt[]): Promise<Receipt[]> {
    if (receipts.every((receipt) => receipt.lastId > 0)) return receipts
    const { head } = await readBounds(this.db)
    return receipts.map((receipt) => (receipt.lastId > 0 ? receipt : { ...receipt, lastId: head }))
  }
}

function asAnswer(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  switch (databaseFault(error)) {
    case 'data':
      return new Unstorable(`The database refuses this report: ${reason}`, { cause: error })
    case 'away':
      return new DatabaseAway('The database cannot be reached; report again', { cause: error })
    case 'conflict':
      return new DatabaseAway('Another transaction holds the log; report again', { cause: error })
    default:
      return error instanceof Error ? error : new Error(reason)
  }
}
