import type { PageFrame } from '../../views/layout'
import type { LivePage } from '../stream/page-lane'
import { AgentPage } from './agent'
import { BoardPage } from './board'
import { EventsPage } from './events'
import type { PageData } from './page-data'
import { ProjectPage } from './project'
import { parseTopic, type Topic } from './topic'

/** A live page that can also be shown whole. */
export interface Page extends LivePage {
  render(frame: PageFrame): { toString(): string | Promise<string> }
}

/** The page of a topic's key. Throws BadFilter or NotFound. */
export function createPage(key: string, data: PageData): Page {
  return pageOf(parseTopic(key), data)
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
  }
}
