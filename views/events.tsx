import type { Filter } from '../src/filter/filter'
import type { Place } from '../src/filter/place'
import type { Attention, Chosen, FeedLine } from '../src/fleet/board'
import type { SearchGap } from '../src/log/search'
import type { AppendList, Region } from '../src/stream/region'
import { attentionRegion } from './components/attention'
import { pageUrl } from './components/counts'
import { Feed, feedStack } from './components/feed'
import { FilterForm } from './components/filter-form'
import { Pager } from './components/pager'
import { absolute } from './components/time'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

interface EventsModel {
  readonly filter: Filter
  /** Where a page that looks back begins. */
  readonly place: Place | null
  /** New rows come in by themselves. */
  readonly isLive: boolean
  /** Newest first, at most 50. */
  readonly lines: readonly FeedLine[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** Rows that have come in, by whoever counts them; numbers of two counters do not compare. */
  readonly count: { readonly by: string; readonly total: number }
  /** Whose rows have to leave, though no row that the filter selects says so. */
  readonly removedProjects: readonly number[]
  /** What a search for words has left out. */
  readonly gap: SearchGap | null
  readonly removedSessions: readonly number[]
  /** The names of what the filter names. */
  readonly chosen: Chosen
  readonly attention: Attention
}

const PATH = '/events'
const NAME = 'Events'

/** The log of everybody, newest first. */
export function EventsPage({ model, frame }: { model: EventsModel; frame: PageFrame }) {
  const { filter, chosen, attention, lines, isLive } = model
  return (
    <Layout title={NAME} page="events" frame={frame} attention={attention}>
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
      </nav>
      <h1>{NAME}</h1>
      <FilterForm filter={filter} names={chosen} path={PATH} reach="log" />
      <FeedFacts model={model} />
      <SearchedSoFar gap={model.gap} />
      {isLive ? null : <LookingBack filter={filter} />}
      <Feed
        lines={lines}
        title={isLive ? 'Newest events' : 'Events further back'}
        controls={isLive ? <LiveControls filter={filter} /> : null}
      />
      <PagerOf model={model} />
    </Layout>
  )
}

export function eventsRegions(model: EventsModel): { regions: Region[]; stacks: AppendList[] } {
  const { attention, lines } = model
  return {
    regions: [
      attentionRegion(attention, NAME),
      region('feed-facts', <FeedFacts model={model} />),
      region('pager', <PagerOf model={model} />),
    ],
    stacks: [feedStack(lines)],
  }
}

/** What the rows themselves cannot tell: only the newest are sent, and only what the filter selects. */
function FeedFacts({ model }: { model: EventsModel }) {
  const { count, removedProjects, removedSessions } = model
  return (
    <span
      id="feed-facts"
      data-by={count.by}
      data-total={count.total}
      data-removed={removedProjects.join(' ')}
      data-removed-sessions={removedSessions.join(' ')}
      hidden
      hx-swap-oob="morph"
    />
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

function PagerOf({ model: { filter, place, lines, hasOlder, hasNewer } }: { model: EventsModel }) {
  const url = (key: 'before' | 'after', id: number) => {
    const query = pageUrl(PATH, filter)
    return `${query}${query === PATH ? '?' : '&'}${key}=${id}`
  }
  // A page without rows lies between the place that it began at and the end of the log.
  const top = lines[0]?.row.id ?? (place && 'before' in place ? place.before - 1 : null)
  const bottom = lines.at(-1)?.row.id ?? (place && 'after' in place ? place.after + 1 : null)
  return (
    <Pager
      newer={hasNewer && top !== null ? url('after', top) : null}
      older={hasOlder && bottom !== null ? url('before', bottom) : null}
    />
  )
}
