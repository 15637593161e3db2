import { type Kysely, sql } from 'kysely'
import type { Schema } from '../db/schema'
import { Forbidden } from '../errors/app-error'
import type { Report } from './report'
import type { AllowedProjects, ReportJob } from './report-job'

/**
 * Which jobs have to be refused before anything is registered for them. An unknown project is
 * allowed to unbound tokens alone. Costs no query unless a job's token is bound.
 */
export async function findForbidden(
  trx: Kysely<Schema>,
  jobs: readonly ReportJob[],
): Promise<Map<ReportJob, Forbidden>> {
  const refused = new Map<ReportJob, Forbidden>()
  const bound = jobs.filter(({ bounds }) => bounds !== null)
  if (bound.length === 0) return refused
  const homes = await findHomes(
    trx,
    bound.flatMap(({ reports }) => reports),
  )
  for (const job of bound) {
    const foreign = job.reports.find((report) => !isWithin(job.bounds, homes(report)))
    if (foreign) refused.set(job, projectForbidden(foreign))
  }
  return refused
}

/** Throws Forbidden for a report that turned out to be at home elsewhere. */
export function requireWithin(
  { reports, bounds }: ReportJob,
  projectIdOf: (report: Report) => number,
): void {
  if (bounds === null) return
  const foreign = reports.find((report) => !isWithin(bounds, projectIdOf(report)))
  if (foreign) throw projectForbidden(foreign)
}

function isWithin(bounds: AllowedProjects, projectId: number | null): boolean {
  return bounds === null || (projectId !== null && bounds.includes(projectId))
}

/** The project of a report as it is now: its agent's, wherever that works, or the one it names. */
async function findHomes(
  trx: Kysely<Schema>,
  reports: readonly Report[],
): Promise<(report: Report) => number | null> {
  const projectKeys = [...new Set(reports.map(({ project }) => project.key))]
  const agentKeys = [...new Set(reports.flatMap(agentKeysOf))]
  const { rows } = await sql<{ kind: string; key: string; project_id: number }>`
    SELECT 'project' AS kind, key, coalesce(merged_into, id) AS project_id FROM projects
    WHERE key = ANY(${projectKeys}::text[])
    UNION ALL
    SELECT 'agent', key, project_id FROM agents
    WHERE key = ANY(${agentKeys}::text[])`.execute(trx)
  const found = new Map(rows.map(({ kind, key, project_id }) => [`${kind} ${key}`, project_id]))
  return (report) => {
    const keys = [
      ...agentKeysOf(report).map((key) => `agent ${key}`),
      `project ${report.project.key}`,
    ]
    for (const key of keys) {
      const id = found.get(key)
      if (id !== undefined) return id
    }
    return null
  }
}

function agentKeysOf({ agent }: Report): string[] {
  if (!agent) return []
  return agent.parentKey === null ? [agent.key] : [agent.key, agent.parentKey]
}

function projectForbidden({ project }: Report): Forbidden {
  return new Forbidden(
    `What you report with is bound to certain projects, and “${project.name}” is none of them`,
  )
}
