import type { Filter } from '../src/filter/filter'
import { printFilter } from '../src/filter/parse'
import type { Agent, Project } from '../src/fleet/agent'
import type { EventRow } from '../src/log/event-row'

/** The address of a page narrowed to a filter. */
export function pageUrl(path: string, filter: Filter): string {
  return withQuery(path, printFilter(filter))
}

/** The address with one more field in its query, or with its first. */
export function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

export function projectUrl(project: Pick<Project, 'slug'>): string {
  return `/projects/${encodeURIComponent(project.slug)}`
}

export function agentUrl(agent: Pick<Agent, 'id'>): string {
  return `/agents/${agent.id}`
}

export function eventUrl(row: Pick<EventRow, 'id'>): string {
  return `/events/${row.id}`
}

export function debateUrl(id: string): string {
  return `/debates/${id}`
}

export function viewUrl(id: string): string {
  return `/views/${id}`
}

/** Where the changes of topics are streamed from the row `cursor` on. */
export function liveUrl(topics: readonly string[], cursor: number): string {
  const fields = topics.map((topic) => `topic=${encodeURIComponent(topic)}`)
  return `/live?${[...fields, `last_event_id=${cursor}`].join('&')}`
}
