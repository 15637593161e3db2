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

/** A path or the address of a repository is a project that hooks report too; else it is a name. */
export function projectCalled(text: string, host: string | null): ReportedProject {
  if (/^(\/|[a-zA-Z]:[\\/])/.test(text)) {
    return projectOfWorkspace({ repository: null, host, directory: text })
  }
  if (/^(\w+:\/\/|git@)/.test(text)) {
    return projectOfWorkspace({ repository: text, host, directory: null })
  }
  const name = firstLine(text, 100) || 'unknown'
  return { key: toIdentifier(`name:${text}`), name, host: null, path: null }
}

function withoutTrail(path: string): string {
  return path.replace(/(?<=[^/\\])[/\\]+$/, '')
}

/** Of a path of either kind, or an address: git@host:owner/name counts as one. */
function lastSegment(path: string): string {
  const segments = path.split(/[/\\:]/).filter((segment) => segment !== '')
  return firstLine(segments.at(-1) ?? path, 100)
}
