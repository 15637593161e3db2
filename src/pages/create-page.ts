import type { PageFrame } from '../../views/layout'
import type { Place } from '../filter/place'
import type { Roster } from '../fleet/roster'
import { scopedRoster } from '../fleet/scoped-roster'
import type { EventRow } from '../log/event-row'
import { isVisible, parseScopeKey, type Scope, scopeKey } from '../log/scope'
import type { LivePage } from '../stream/page-lane'
import { AgentPage } from './agent'
import { BoardPage } from './board'
import { DebatePage } from './debate'
import { DebatesPage } from './debates'
import { EventsPage } from './events'
import type { PageData } from './page-data'
import { ProjectPage } from './project'
import { StatsPage } from './stats'
import { withTimeLimit } from './too-slow'
import { parseTopic, type Topic } from './topic'
import { ViewPage } from './view'

/** A live page that can also be shown whole. */
export interface Page extends LivePage {
  render(frame: PageFrame): { toString(): string | Promise<string> }
  /** Rows that are about the page itself: they concern it whatever its readers may see. */
  hears?(row: EventRow): boolean
}

/**
 * The same page for all who may see the same; `createPage` makes it. Of a page that is somebody's
 * own, the owner is part of the key.
 */
export function pageKey(scope: Scope, topic: string, owner: string | null = null): string {
  return `${JSON.stringify([scopeKey(scope), owner])}\n${topic}`
}

/** The topic in a key that `pageKey` has made. */
export function topicOf(key: string): string {
  return key.slice(key.indexOf('\n') + 1)
}

/** The page of a key that `pageKey` has made. Throws BadInput or NotFound. */
export function createPage(
  key: string,
  { roster, ...data }: Omit<PageData, 'roster' | 'scope' | 'owner'> & { roster: Roster },
): Page {
  const [scopeText, owner] = JSON.parse(key.slice(0, key.indexOf('\n'))) as [string, string | null]
  const scope = parseScopeKey(scopeText)
  const topic = parseTopic(topicOf(key))
  const page = pageOf(topic, { ...data, scope, owner, roster: scopedRoster(roster, scope) })
  return restrictToScope(withTimeLimit(page), (row) => !isVisible(scope, row) && !page.hears?.(row))
}

/** The events that a filter selects from a place in the log on, for one answer. */
export function createPastPage(
  topic: Topic & { page: 'events' },
  place: Place | null,
  { roster, ...data }: Omit<PageData, 'roster' | 'owner'> & { roster: Roster },
): EventsPage {
  const { scope } = data
  const page = { ...data, owner: null, roster: scopedRoster(roster, scope) }
  return withTimeLimit(new EventsPage(topic, page, place))
}

/** Keeps from a page what whoever looks may not see, whatever the page makes of rows. */
function restrictToScope(page: Page, isHidden: (row: EventRow) => boolean): Page {
  const concerns = page.concerns.bind(page)
  return Object.assign(page, { concerns: (row: EventRow) => !isHidden(row) && concerns(row) })
}

function pageOf(topic: Topic, data: PageData): Page {
  switch (topic.page) {
    case 'board':
      return new BoardPage(topic, data)
    case 'project':
      return new ProjectPage(topic, data)
    case 'agent':
      return new AgentPage(topic, data)
    case 'events':
      return new EventsPage(topic, data)
    case 'view':
      return new ViewPage(topic, data)
    case 'stats':
      return new StatsPage(data)
    case 'debates':
      return new DebatesPage(topic, data)
    case 'debate':
      return new DebatePage(topic, data)
  }
}
