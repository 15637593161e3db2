import { BadInput } from '../errors/app-error'
import { parseId } from '../filter/values'
import type { CutKey } from './card'

/** Where a later page of a board begins: after this session, as it was when the link was made. */
export type BoardPlace = CutKey

const PLACE = /^([0-3])-(\d{1,16})-(\d{1,16})$/

/** `after` of a query: `<rank>-<ms>-<session>`; null for the first page. Throws BadInput. */
export function parseBoardPlace(query: URLSearchParams): BoardPlace | null {
  const given = query.getAll('after')
  if (given.length > 1) throw new BadInput('after', 'after: may be given once only')
  const text = (given[0] ?? '').trim()
  if (text === '') return null
  const [, rank, since, session = ''] = PLACE.exec(text) ?? []
  const id = parseId(session)
  if (id === null || !Number.isSafeInteger(Number(since))) {
    throw new BadInput('after', `after: “${text.slice(0, 80)}” is no place of a board`)
  }
  return { rank: Number(rank), stateSince: Number(since), id }
}

export function formatBoardPlace({ rank, stateSince, id }: BoardPlace): string {
  return `${rank}-${stateSince}-${id}`
}
