import type { FeedLine, TimelineTurn } from '../../src/fleet/board'
import { group, type PageRegion, region } from '../region'
import { eventUrl } from '../urls'
import { cutEnd } from './cut'
import { Empty } from './empty'
import { TypeLabel } from './feed'
import { Icon, type IconName } from './icon'
import { Time } from './time'

/** Characters of a prompt that are shown without asking. */
const PROMPT = 400

const OUTCOME_ICONS: ReadonlyMap<string, IconName> = new Map([
  ['complete', 'complete'],
  ['errored', 'errored'],
  ['interrupted', 'ended'],
  ['under way', 'processing'],
])

/** The turns of an agent in the order given; inside a turn, what happened, oldest first. */
export function timelineRegion(turns: readonly TimelineTurn[]): PageRegion {
  return group('timeline', turns.map(turnRegion), (parts) => (
    <div class="timeline">
      {parts}
      <NoTurns turns={turns} />
    </div>
  ))
}

function turnRegion(turn: TimelineTurn): PageRegion {
  // What happened outside of any turn has no id of its own, but begins with a row that has one.
  const id = `turn-${turn.id ?? turn.lines[0]?.row.id}`
  const lines = group(`${id}-lines`, turn.lines.map(lineRegion), (parts) => (
    <ol class="lines">{parts}</ol>
  ))
  return group(id, [headRegion(`${id}-head`, turn), lines], (parts) => (
    <section class="turn">{parts}</section>
  ))
}

function NoTurns({ turns }: { turns: readonly TimelineTurn[] }) {
  if (turns.length > 0) return null
  return (
    <Empty title="Nothing has happened yet">
      <p>The first prompt starts the first turn.</p>
    </Empty>
  )
}

function headRegion(id: string, turn: TimelineTurn): PageRegion {
  const { openedAt, closedAt } = turn
  const text = turn.prompt.trim()
  const tookMs = closedAt ? closedAt.getTime() - openedAt.getTime() : Number.NaN
  return region(
    id,
    <header class="turn-head">
      <h3 class="turn-prompt" dir="auto">
        {cutEnd(text, PROMPT) || (turn.id === null ? 'Between turns' : 'A turn without a prompt')}
      </h3>
      {text.length > PROMPT ? (
        <details class="turn-whole">
          <summary>The whole prompt</summary>
          <p class="words" dir="auto">
            {cutEnd(text, 10_000)}
          </p>
        </details>
      ) : null}
      <p class="turn-times">
        <Outcome turn={turn} />
        <span>
          <Time at={openedAt} as="clock" />
          {closedAt ? (
            <>
              {' – '}
              <Time at={closedAt} as="clock" />
            </>
          ) : null}
        </span>
        {Number.isFinite(tookMs) ? <span>{duration(tookMs)}</span> : null}
      </p>
    </header>,
  )
}

function Outcome({ turn: { id, closedAt, outcome } }: { turn: TimelineTurn }) {
  if (id === null) return null
  const word = closedAt ? (outcome ?? 'closed') : 'under way'
  return (
    <span class="mark" data-mark={closedAt ? outcome : 'processing'}>
      <Icon name={OUTCOME_ICONS.get(word) ?? 'idle'} />
      <span class="mark-word">{word}</span>
    </span>
  )
}

function lineRegion({ row }: FeedLine): PageRegion {
  return region(
    `line-${row.id}`,
    <li class="line" data-event-id={row.id}>
      <a class="line-time" href={eventUrl(row)}>
        <Time at={row.at} as="clock" />
      </a>
      <TypeLabel row={row} />
      <span class="line-summary" dir="auto">
        {cutEnd(row.summary.trim(), 2000)}
      </span>
    </li>,
  )
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
