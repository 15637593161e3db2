import type { Roster } from '../fleet/roster'
import { scopedRoster } from '../fleet/scoped-roster'
import { type Scope, scopeKey } from '../log/scope'
import type { LivePage, PageRequest } from '../stream/live-page'
import type { PageData } from './page-state'

/** A page and what it is narrowed to. Equal ones have equal keys. */
export interface Topic<Page extends LivePage = LivePage> {
  /** What it is called on the wire: `agent/7`, `board?state=idle`. */
  readonly key: string
  /** The page differs from owner to owner. */
  readonly isOwn: boolean
  /** A row that is stored from now on can belong on the page. */
  readonly isLive: boolean
  open(data: PageData): Page
}

/** A topic as its visitors may see it: those with equal keys see the same page. */
export interface ScopedTopic<Page extends LivePage = LivePage> extends PageRequest {
  open(): Page
}

/** What all pages are made from. */
export interface PageSource extends Pick<PageData, 'db' | 'address'> {
  readonly roster: Roster
}

/** `owner` is the owner of the page, where the topic is private. */
export function scopeTopic<Page extends LivePage>(
  topic: Topic<Page>,
  { scope, owner = null }: { scope: Scope; owner?: string | null },
  source: PageSource,
): ScopedTopic<Page> {
  const whose = topic.isOwn ? owner : null
  return {
    key: `${JSON.stringify([scopeKey(scope), whose])}\n${topic.key}`,
    topic: topic.key,
    open() {
      const { db, address } = source
      const roster = scopedRoster(source.roster, scope)
      return topic.open({ db, address, roster, scope, owner: whose })
    },
  }
}
