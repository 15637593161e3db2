import type { Filter } from '../filter/filter'
import { pageKeys, parseFilter, printFilter } from '../filter/parse'
import { type Place, parsePlace } from '../filter/place'
import { type BoardPlace, formatBoardPlace, parseBoardPlace } from '../fleet/board-place'
import type { QueryFormat } from './define-page'

/** A filter of sessions. */
export const FILTER_QUERY: QueryFormat<{ filter: Filter }> = {
  keys: pageKeys('rows'),
  parse: (query) => ({ filter: parseFilter(query) }),
  print: ({ filter }) => printFilter(filter),
}

/** The same, and where a later page of a board begins. */
export const BOARD_QUERY: QueryFormat<{ filter: Filter; place: BoardPlace | null }> = {
  keys: [...pageKeys('rows'), 'after'],
  parse: (query) => ({ filter: parseFilter(query), place: parseBoardPlace(query) }),
  print: ({ filter, place }) => {
    const query = new URLSearchParams(printFilter(filter))
    if (place) query.append('after', formatBoardPlace(place))
    return query.toString()
  },
}

/** A filter of rows. The place of a page of the past is no part of a topic: such a page never changes. */
export const FEED_QUERY: QueryFormat<{ filter: Filter; place: Place | null }> = {
  keys: pageKeys('log'),
  parse: (query) => ({ filter: parseFilter(query, 'log'), place: parsePlace(query) }),
  print: ({ filter }) => printFilter(filter),
}
