import type { Child } from 'hono/jsx'
import type { FeedLine, TimelineTurn } from '../../src/fleet/board'
import type { Region } from '../../src/stream/region'
import { group, region } from '../render'
import { cutEnd } from './cut'
import { Empty } from './empty'
import { eventUrl, TypeLabel } from './feed'
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
export function Timeline({ turns }: { turns: readonly TimelineTurn[] }) {
  return (
    <TimelineFrame>
      {turns.map((turn) => (
        <Turn turn={turn} />
      ))}
      <NoTurns turns={turns} />
    </TimelineFrame>
  )
}

export function timelineRegion(turns: readonly TimelineTurn[]): Region {
  const frame = (
    <TimelineFrame>
      <NoTurns turns={turns} />
    </TimelineFrame>
  )
  return group('timeline', () => <Timeline turns={turns} />, frame, turns.map(turnRegion))
}

function turnRegion(turn: TimelineTurn): Region {
  const id = turnId(turn)
  const lines = group(
    `${id}-lines`,
    () => <Lines turn={turn} />,
    <LinesFrame turn={turn} />,
    turn.lines.map((line) => region(lineId(line), <Line line={line} />)),
  )
  return group(id, () => <Turn turn={turn} />, <TurnFrame turn={turn} />, [
    region(`${id}-head`, <TurnHead turn={turn} />),
    lines,
  ])
}

// What happened outside of any turn has no id of its own, but begins with a row that has one.
function turnId({ id, lines }: TimelineTurn): string {
  return `turn-${id ?? lines[0]?.row.id}`
}

function lineId({ row }: FeedLine): string {
  return `line-${row.id}`
}

function TimelineFrame({ children }: { children?: Child }) {
  return (
    <div id="timeline" class="timeline" hx-swap-oob="morph">
      {children}
    </div>
  )
}

function NoTurns({ turns }: { turns: readonly TimelineTurn[] }) {
  if (turns.length > 0) return null
  return (
    <Empty title="Nothing has happened yet">
      <p>The first prompt starts the first turn.</p>
    </Empty>
  )
}

function Turn({ turn }: { turn: TimelineTurn }) {
  return (
    <TurnFrame turn={turn}>
      <TurnHead turn={turn} />
      <Lines turn={turn} />
    </TurnFrame>
  )
}

function TurnFrame({ turn, children }: { turn: TimelineTurn; children?: Child }) {
  return (
    <section id={turnId(turn)} class="turn" hx-swap-oob="morph">
      {children}
    </section>
  )
}

function TurnHead({ turn }: { turn: TimelineTurn }) {
  const { id, openedAt, closedAt } = turn
  const text = turn.prompt.trim()
  const tookMs = closedAt ? closedAt.getTime() - openedAt.getTime() : Number.NaN
  return (
    <header id={`${turnId(turn)}-head`} class="turn-head" hx-swap-oob="morph">
      <h3 class="turn-prompt" dir="auto">
        {cutEnd(text, PROMPT) || (id === null ? 'Between turns' : 'A turn without a prompt')}
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
    </header>
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

function Lines({ turn }: { turn: TimelineTurn }) {
  return (
    <LinesFrame turn={turn}>
      {turn.lines.map((line) => (
        <Line line={line} />
      ))}
    </LinesFrame>
  )
}

function LinesFrame({ turn, children }: { turn: TimelineTurn; children?: Child }) {
  return (
    <ol id={`${turnId(turn)}-lines`} class="lines" hx-swap-oob="morph">
      {children}
    </ol>
  )
}

function Line({ line }: { line: FeedLine }) {
  const { row } = line
  return (
    <li id={lineId(line)} class="line" data-event-id={row.id} hx-swap-oob="morph">
      <a class="line-time" href={eventUrl(row)}>
        <Time at={row.at} as="clock" />
      </a>
      <TypeLabel row={row} />
      <span class="line-summary" dir="auto">
        {cutEnd(row.summary.trim(), 2000)}
      </span>
    </li>
  )
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
