import type { NavEntry } from '../../views/components/nav'
import { BadInput } from '../errors/app-error'
import { agentPage } from './agent/page'
import { BAR } from './bar/bar'
import { boardPage } from './board/page'
import { debatePage } from './debate/page'
import { debatesPage } from './debates/page'
import type { PageType } from './define-page'
import { eventsPage } from './events/page'
import { projectPage } from './project/page'
import { statsPage } from './stats/page'
import type { Topic } from './topic'
import { viewPage } from './view/page'

/** All live pages; those with a label stand in the navigation in this order. */
export const PAGES: readonly PageType[] = [
  boardPage,
  projectPage,
  agentPage,
  eventsPage,
  debatesPage,
  debatePage,
  statsPage,
  viewPage,
]

/** The navigation: the live pages, then those that never change by themselves. */
export const NAV: readonly NavEntry[] = [
  ...PAGES.flatMap(({ key, path, nav }) =>
    'label' in nav ? [{ page: key, href: path, label: nav.label }] : [],
  ),
  { page: 'views', href: '/views', label: 'Views' },
  { page: 'settings', href: '/settings', label: 'Settings' },
]

const MAX_LENGTH = 4_000

/**
 * Reads the name of a page, `/<id>` where it has one, and a query as in its address; or `bar`. Throws
 * BadInput.
 */
export function parseTopic(text: string): Topic {
  if (text.length > MAX_LENGTH) throw new BadInput('topic', 'topic is too long')
  if (text === BAR.key) return BAR
  const [path = '', ...rest] = text.split('?')
  const [name, id = null, ...more] = path.split('/')
  const query = new URLSearchParams(rest.join('?'))
  const page = more.length === 0 ? PAGES.find(({ key }) => key === name) : undefined
  for (const key of query.keys()) {
    if (page && !page.queryKeys.includes(key)) {
      throw new BadInput('topic', `topic: ${key} is unknown`)
    }
  }
  const topic = page?.topic(id, query)
  if (topic) return topic
  throw new BadInput('topic', `topic: there is no page “${path.slice(0, 100)}”`)
}
