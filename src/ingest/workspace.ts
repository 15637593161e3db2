import type { ReportedProject } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { cleanString } from './clean-string'
import { toIdentifier } from './identifier'

interface Workspace {
  repository: string | null
  host: string | null
  directory: string | null
}

/** The project of an agent that reports where it works, not what that is called. */
export function projectOfWorkspace({ repository, host, directory }: Workspace): ReportedProject {
  const path = directory === null ? null : cleanString(withoutTrail(directory), 4096)
  const named = repository === null ? null : withoutTrail(repository).replace(/\.git$/, '')
  const place = `${host ?? ''}:${path ?? ''}`
  const key = named === null ? `path:${place}` : `repository:${named}`
  const name = lastSegment(named ?? path ?? '')
  return { key: toIdentifier(key), name: name || 'unknown', host, path }
}

function withoutTrail(path: string): string {
  return path.replace(/(?<=[^/\\])[/\\]+$/, '')
}

/** Of a path of either kind, or an address: git@host:owner/name counts as one. */
function lastSegment(path: string): string {
  const segments = path.split(/[/\\:]/).filter((segment) => segment !== '')
  return firstLine(segments.at(-1) ?? path, 100)
}
