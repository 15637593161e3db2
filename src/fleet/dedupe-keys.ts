import { type Kysely, sql } from 'kysely'
import type { Schema } from '../db/schema'
import type { Report } from './report'

/** The keys of a group of reports: each counts once in its project, for as long as events are kept. */
export class DedupeKeys {
  private constructor(
    private readonly claimOf: ReadonlyMap<Report, string>,
    private readonly fresh: Set<string>,
  ) {}

  /** Claims the keys; those of a transaction that is rolled back are free again. */
  static async reserve(
    trx: Kysely<Schema>,
    reports: readonly Report[],
    projectIdOf: (report: Report) => number,
  ): Promise<DedupeKeys> {
    const projectIds: number[] = []
    const keys: string[] = []
    const claimOf = new Map<Report, string>()
    for (const report of reports) {
      if (report.dedupeKey === null) continue
      const projectId = projectIdOf(report)
      projectIds.push(projectId)
      keys.push(report.dedupeKey)
      claimOf.set(report, claimId(projectId, report.dedupeKey))
    }
    return new DedupeKeys(claimOf, await insertKeys(trx, projectIds, keys))
  }

  /** True if the key was stored before, or came earlier in this group. To be asked once a report. */
  isDuplicate(report: Report): boolean {
    const claim = this.claimOf.get(report)
    return claim !== undefined && !this.fresh.delete(claim)
  }
}

/** Returns the claims that are new. Sorted, so that two transactions wait for each other in order. */
async function insertKeys(
  trx: Kysely<Schema>,
  projectIds: readonly number[],
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const { rows } = await sql<{ project_id: number; key: string }>`
    INSERT INTO report_keys (project_id, key)
    SELECT DISTINCT project_id, key COLLATE "C" FROM unnest(
      ${[...projectIds]}::bigint[], ${[...keys]}::text[]) AS claim (project_id, key)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING RETURNING project_id, key`.execute(trx)
  return new Set(rows.map((row) => claimId(row.project_id, row.key)))
}

function claimId(projectId: number, key: string): string {
  return `${projectId} ${key}`
}
