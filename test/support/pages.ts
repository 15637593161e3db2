import type { Database } from '../../src/db/connect'
import type { Roster } from '../../src/fleet/roster'
import { type Scope, WHOLE_LOG } from '../../src/log/scope'
import { parseTopic } from '../../src/pages'
import type { Page } from '../../src/pages/define-page'
import { scopeTopic } from '../../src/pages/topic'
import type { LivePage } from '../../src/stream/live-page'

interface OpenOptions {
  db: Database
  roster: Roster
  scope?: Scope
  owner?: string | null
}

/** The page of a topic as the streams open it, not loaded yet. The bar cannot be rendered. */
export function openPage(
  topic: string,
  { scope = WHOLE_LOG, owner, ...source }: OpenOptions,
): Page {
  const data = { ...source, address: 'http://muster.test' }
  return scopeTopic(parseTopic(topic), { scope, ...(owner && { owner }) }, data).open() as Page
}

/** All that is sent of a page, as JSON. */
export function textOf(page: Pick<LivePage, 'parts'>): string {
  const { regions, lists } = page.parts()
  return JSON.stringify([regions.map(htmlOf), lists.flatMap(({ rows }) => rows.map(htmlOf))])
}

function htmlOf({ html }: { html: string }): string {
  return html
}
