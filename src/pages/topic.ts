import { parseUuid } from '../debates/debate'
import type { PageFilter } from '../fleet/board'
import { FEED_KEYS, type FeedFilter, formatFeedFilter, parseFeedFilter } from '../fleet/feed-filter'
import { EVERYTHING, FILTER_KEYS, parseId, parsePageFilter } from '../fleet/page-filter'
import { BadInput } from '../log/bad-input'

/** A page and what it is narrowed to. Equal pages have equal keys. */
export type Topic = { readonly key: string; readonly filter: PageFilter } & (
  | { readonly page: 'board' }
  | { readonly page: 'project'; readonly slug: string }
  | { readonly page: 'agent'; readonly agentId: number }
  | { readonly page: 'events'; readonly filter: FeedFilter }
  | { readonly page: 'view'; readonly viewId: string }
  | { readonly page: 'stats' }
  | { readonly page: 'debates' }
  | { readonly page: 'debate'; readonly debateId: string }
)

const MAX_LENGTH = 4_000
const VIEW = /^view\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

export function boardTopic(filter: PageFilter): Topic {
  return { page: 'board', filter, key: keyOf('board', filter) }
}

export function projectTopic(slug: string, filter: PageFilter): Topic {
  return { page: 'project', slug, filter, key: keyOf(`project/${slug}`, filter) }
}

export function agentTopic(agentId: number, filter: PageFilter): Topic {
  return { page: 'agent', agentId, filter, key: keyOf(`agent/${agentId}`, filter) }
}

export function eventsTopic(filter: FeedFilter): Topic & { page: 'events' } {
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
 * Reads `board`, `project/<slug>`, `agent/<id>` or `events`, each with a filter as in its page's
 * address, and `view/<uuid>`, `stats`, `debates` and `debate/<uuid>`, which have none.
 */
export function parseTopic(text: string): Topic {
  if (text.length > MAX_LENGTH) throw new BadInput('topic', 'topic is too long')
  const [path = '', ...rest] = text.split('?')
  const query = new URLSearchParams(rest.join('?'))
  for (const key of query.keys()) {
    if (!(path === 'events' ? FEED_KEYS : FILTER_KEYS).some((known) => known === key))
      throw new BadInput('topic', `topic: ${key} is unknown`)
  }
  if (path === 'events') return eventsTopic(parseFeedFilter(query))
  if (text === STATS_TOPIC.key) return STATS_TOPIC
  if (VIEW.test(text)) return viewTopic(text.slice('view/'.length))
  const filter = parsePageFilter(query)
  const [page, name = '', extra] = path.split('/')
  if (page === 'board' && path === 'board') return boardTopic(filter)
  if (page === 'project' && extra === undefined && /^[a-z0-9-]{1,100}$/.test(name)) {
    return projectTopic(name, filter)
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

function keyOf(path: string, filter: FeedFilter): string {
  const query = formatFeedFilter(filter)
  return query === '' ? path : `${path}?${query}`
}
