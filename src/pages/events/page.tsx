import { Feed, feedList } from '../../../views/components/feed'
import { FilterForm } from '../../../views/components/filter-form'
import { pagerRegion } from '../../../views/components/pager'
import { absolute } from '../../../views/components/time'
import { type PageRegion, region } from '../../../views/region'
import { pageUrl, withQuery } from '../../../views/urls'
import type { Filter } from '../../filter/filter'
import type { SearchGap } from '../../log/search'
import { definePage } from '../define-page'
import { FEED_QUERY } from '../query'
import { type EventsModel, EventsState, isLive } from './state'

const PATH = '/events'
const TITLE = 'Events'

/** The log of all agents, newest first. */
export const eventsPage = definePage({
  key: 'events',
  path: PATH,
  nav: { label: TITLE },
  query: FEED_QUERY,
  isLive,
  open: ({ query }, data) => new EventsState(query, data),
  title: () => TITLE,
  parts: (model) => ({
    facts: factsRegion(model),
    pager: pagerRegion(linksOf(model)),
    feed: feedList(model.lines),
  }),
  body: ({ facts, pager, feed }, { filter, chosen, gap, isLive }) => (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
      </nav>
      <h1>{TITLE}</h1>
      <FilterForm filter={filter} names={chosen} path={PATH} target="log" />
      {facts}
      <SearchedSoFar gap={gap} />
      {isLive ? null : <LookingBack filter={filter} />}
      <Feed
        rows={feed}
        title={isLive ? 'Newest events' : 'Events further back'}
        controls={isLive ? <LiveControls filter={filter} /> : null}
      />
      {pager}
    </>
  ),
})

/** What the rows themselves cannot tell: only the newest are sent, and only what the filter selects. */
function factsRegion({ count, removedProjects, removedSessions }: EventsModel): PageRegion {
  return region(
    'feed-facts',
    <span
      data-by={count.by}
      data-total={count.total}
      data-removed={removedProjects.join(' ')}
      data-removed-sessions={removedSessions.join(' ')}
      hidden
    />,
  )
}

/** What has no use without JavaScript is shown by it. */
function LiveControls({ filter }: { filter: Filter }) {
  return (
    <>
      <button id="feed-pause" class="button" type="button" aria-pressed="false" hidden>
        Pause
      </button>
      <a class="button" href={pageUrl(PATH, filter)} data-refresh="">
        Refresh
      </a>
    </>
  )
}

/** A search that is not complete says what it lacks. */
function SearchedSoFar({ gap }: { gap: SearchGap | null }) {
  if (!gap) return null
  return (
    <p class="looking-back" role="status">
      Searched up to {absolute(gap.from)} and from {absolute(gap.to)} on; events in between are
      still being indexed. Load the page again in a minute to see more.
    </p>
  )
}

function LookingBack({ filter }: { filter: Filter }) {
  return (
    <p class="looking-back">
      <strong>Looking back.</strong> This page does not change by itself.{' '}
      <a class="button" href={pageUrl(PATH, { ...filter, until: null })}>
        Back to live
      </a>
    </p>
  )
}

/** The pages beside this one; null where there is none. */
function linksOf({ filter, place, lines, hasOlder, hasNewer }: EventsModel) {
  const url = (key: 'before' | 'after', id: number) =>
    withQuery(pageUrl(PATH, filter), `${key}=${id}`)
  // A page without rows lies between the place that it began at and the end of the log.
  const top = lines[0]?.row.id ?? (place && 'before' in place ? place.before - 1 : null)
  const bottom = lines.at(-1)?.row.id ?? (place && 'after' in place ? place.after + 1 : null)
  return {
    newer: hasNewer && top !== null ? url('after', top) : null,
    older: hasOlder && bottom !== null ? url('before', bottom) : null,
  }
}
