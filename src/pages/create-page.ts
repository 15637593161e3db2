import type { PageFrame } from '../../views/layout'
import type { Roster } from '../fleet/roster'
import { rosterWithin } from '../fleet/roster-view'
import type { EventRow } from '../log/event-row'
import { isVisible, parseScopeKey, type Scope, scopeKey } from '../log/scope'
import type { LivePage } from '../stream/page-lane'
import { AgentPage } from './agent'
import { BoardPage } from './board'
import { DebatePage } from './debate'
import { DebatesPage } from './debates'
import type { PageData } from './page-data'
import { ProjectPage } from './project'
import { parseTopic, type Topic } from './topic'

/** A live page that can also be shown whole. */
export interface Page extends LivePage {
  render(frame: PageFrame): { toString(): string | Promise<string> }
}

/** The same page for all who may see the same; `createPage` makes it. */
export function pageKey(scope: Scope, topic: string): string {
  return `${scopeKey(scope)}\n${topic}`
}

/** The topic in a key that `pageKey` has made. */
export function topicOf(key: string): string {
  return key.slice(key.indexOf('\n') + 1)
}

/** The page of a key that `pageKey` has made. Throws BadFilter or NotFound. */
export function createPage(
  key: string,
  { roster, ...data }: Omit<PageData, 'roster' | 'scope'> & { roster: Roster },
): Page {
  const scope = parseScopeKey(key.slice(0, key.indexOf('\n')))
  const topic = parseTopic(topicOf(key))
  const page = pageOf(topic, { ...data, scope, roster: rosterWithin(roster, scope) })
  return blindTo(page, (row) => !isVisible(scope, row))
}

/** Keeps from a page what whoever looks may not see, whatever the page makes of rows. */
function blindTo(page: Page, isHidden: (row: EventRow) => boolean): Page {
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
    case 'debates':
      return new DebatesPage(topic, data)
    case 'debate':
      return new DebatePage(topic, data)
  }
}
