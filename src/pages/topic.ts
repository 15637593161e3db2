import { BadInput } from '../errors/app-error'
import { EVERYTHING, type Filter } from '../filter/filter'
import { pageKeys, parseFilter, printFilter } from '../filter/parse'
import { isSlug, parseId } from '../filter/values'
import { type BoardPlace, formatBoardPlace, parseBoardPlace } from '../fleet/board-place'
import { parseUuid } from '../log/uuid'

/** A page and what it is narrowed to. Equal pages have equal keys. */
export type Topic = {
  readonly key: string
  readonly filter: Filter
  /** Where a later page of a board begins. */
  readonly place?: BoardPlace | null
} & (
  | { readonly page: 'board' }
  | { readonly page: 'project'; readonly slug: string; readonly place: BoardPlace | null }
  | { readonly page: 'agent'; readonly agentId: number }
  | { readonly page: 'events'; readonly filter: Filter }
  | { readonly page: 'view'; readonly viewId: string }
  | { readonly page: 'stats' }
  | { readonly page: 'debates' }
  | { readonly page: 'debate'; readonly debateId: string }
)

const MAX_LENGTH = 4_000
const VIEW = /^view\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

export function boardTopic(filter: Filter, place: BoardPlace | null = null): Topic {
  return { page: 'board', filter, place, key: keyOf('board', filter, place) }
}

export function projectTopic(slug: string, filter: Filter, place: BoardPlace | null = null): Topic {
  return { page: 'project', slug, filter, place, key: keyOf(`project/${slug}`, filter, place) }
}

export function agentTopic(agentId: number, filter: Filter): Topic {
  return { page: 'agent', agentId, filter, key: keyOf(`agent/${agentId}`, filter) }
}

export function eventsTopic(filter: Filter): Topic & { page: 'events' } {
  return { page: 'events', filter, key: keyOf('events', filter) }
}

/** A view has its filter with it, and is its owner's alone. */
export function viewTopic(viewId: string): Topic & { page: 'view' } {
  return { page: 'view', viewId, filter: EVERYTHING, key: `view/${viewId}` }
}

export const STATS_TOPIC: Topic = { page: 'stats', filter: EVERYTHING, key: 'stats' }

export function debatesTopic(): Topic {
  return { page: 'debates', filter: EVERYTHING, key: 'debates' }
}

export function debateTopic(debateId: string): Topic {
  return { page: 'debate', debateId, filter: EVERYTHING, key: `debate/${debateId}` }
}

/**
 * Reads `board`, `project/<slug>`, `agent/<id>` or `events`, each with a filter and a place as in its
 * page's address, and `view/<uuid>`, `stats`, `debates` and `debate/<uuid>`, which have none.
 */
export function parseTopic(text: string): Topic {
  if (text.length > MAX_LENGTH) throw new BadInput('topic', 'topic is too long')
  const [path = '', ...rest] = text.split('?')
  const query = new URLSearchParams(rest.join('?'))
  for (const key of query.keys()) {
    if (!keysOf(path).includes(key)) throw new BadInput('topic', `topic: ${key} is unknown`)
  }
  if (path === 'events') return eventsTopic(parseFilter(query, 'log'))
  if (text === STATS_TOPIC.key) return STATS_TOPIC
  if (VIEW.test(text)) return viewTopic(text.slice('view/'.length))
  const filter = parseFilter(query)
  const [page, name = '', extra] = path.split('/')
  if (page === 'board' && path === 'board') return boardTopic(filter, parseBoardPlace(query))
  if (page === 'project' && extra === undefined && isSlug(name)) {
    return projectTopic(name, filter, parseBoardPlace(query))
  }
  const agentId = parseId(name)
  if (page === 'agent' && extra === undefined && agentId !== null)
    return agentTopic(agentId, filter)
  const debateId = parseUuid(name)
  const isPlain = text === path
  if (isPlain && path === 'debates') return debatesTopic()
  if (isPlain && page === 'debate' && extra === undefined && debateId !== null) {
    return debateTopic(debateId)
  }
  throw new BadInput('topic', `topic: there is no page “${path.slice(0, 100)}”`)
}

/** Whether the page of a topic differs from owner to owner. */
export function isOwn(key: string): boolean {
  return VIEW.test(key)
}

function keysOf(path: string): readonly string[] {
  if (path === 'events') return pageKeys('log')
  const hasPlace = path === 'board' || path.startsWith('project/')
  return hasPlace ? [...pageKeys('rows'), 'after'] : pageKeys('rows')
}

function keyOf(path: string, filter: Filter, place: BoardPlace | null = null): string {
  const query = new URLSearchParams(printFilter(filter))
  if (place) query.append('after', formatBoardPlace(place))
  return query.size === 0 ? path : `${path}?${query}`
}
