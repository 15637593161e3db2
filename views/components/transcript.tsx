import type { EntryType } from '../../src/debates/debate'
import type { EventRow } from '../../src/log/event-row'
import type { ListRow } from '../../src/stream/region'
import { appendList, type PageList } from '../region'
import { type Markup, renderedOnce } from '../render'
import { phaseWords, SpeakerMark } from './debate-state'
import { Time } from './time'

const kept = new WeakMap<EventRow, Markup>()

/** The list scrolls by itself; it stands at its end, and follows what is new there. */
export function Transcript({ entries }: { entries: Markup }) {
  return (
    <section class="transcript-scroll" data-transcript-scroll="" tabindex={0} aria-label="Entries">
      {entries}
    </section>
  )
}

/** What was said and done, oldest first. */
export function transcriptList(entries: readonly EventRow[]): PageList {
  const rows = entries.map((row) => ({ id: row.id, element: entryOf(row) }))
  return appendList('transcript', [...rows].reverse(), {
    holder: <ol class="entries">{rows.map(({ element }) => element)}</ol>,
    render: atEnd,
  })
}

function atEnd(id: string, rows: readonly ListRow[]): string {
  const oldestFirst = [...rows].reverse()
  const html = oldestFirst.map((row) => row.html).join('')
  return `<div hx-swap-oob="beforeend:#${id}">${html}</div>`
}

/** An entry never changes, and neither does its element. */
function entryOf(row: EventRow): Markup {
  const known = kept.get(row)
  if (known) return known
  const entry = renderedOnce(<Entry row={row} />)
  kept.set(row, entry)
  return entry
}

function Entry({ row }: { row: EventRow }) {
  const { id, type, data, at } = row
  return (
    <li
      id={`entry-${id}`}
      class="entry"
      data-entry-id={id}
      data-type={type}
      data-speaker={typeof data.speaker === 'string' ? data.speaker : null}
    >
      <p class="entry-head">
        <Heading row={row} />
        <Time at={at} as="clock" />
      </p>
      <Words text={data.content ?? data.response ?? data.reason} />
    </li>
  )
}

function Heading({ row: { type, data } }: { row: EventRow }) {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  switch (type as EntryType) {
    case 'utterance':
      return (
        <>
          <SpeakerMark speaker={text('speaker')} />
          <span class="muted">turn {String(data.number ?? '')}</span>
        </>
      )
    case 'phase_transition':
      return <strong>Phase {phaseWords(text('phase'))}</strong>
    case 'intervention':
      return (
        <strong>
          Intervention ({text('kind')}) to {text('directed_to') || 'all'}
        </strong>
      )
    case 'intervention_response':
      return (
        <>
          <SpeakerMark speaker={text('speaker')} />
          <strong>answers the intervention</strong>
        </>
      )
    case 'pause':
      return <strong>Paused</strong>
    case 'resume':
      return <strong>Resumed</strong>
    case 'complete':
      return <strong>Complete after {String(data.utterance_count ?? 0)} turns</strong>
  }
}

/** As it was said: nothing of it is markup, and its lines stay lines. */
export function Words({ text }: { text: unknown }) {
  if (typeof text !== 'string' || text === '') return null
  return (
    <p class="words" dir="auto">
      {text}
    </p>
  )
}
