import type { EventRow } from '../log/event-row'
import { toTimestamp } from '../log/serialize'
import type { Debate, EntryType } from './debate'
import { SIDES } from './debate'
import { inLine, quote } from './markdown'
import { debatePayload, entryPayload, utterancePayload } from './serialize'

interface TranscriptOf {
  readonly debate: Debate
  readonly now: Date
  /** Oldest first. */
  readonly entries: AsyncIterable<EventRow>
}

/** The whole debate as one JSON object, a piece at a time: `{debate, entries}`. */
export async function* jsonTranscript({
  debate,
  now,
  entries,
}: TranscriptOf): AsyncGenerator<string> {
  yield `{"debate":${JSON.stringify(debatePayload(debate, now))},"entries":[`
  let isFirst = true
  for await (const row of entries) {
    const entry = row.type === 'utterance' ? utteranceEntry(row) : entryPayload(row)
    yield `${isFirst ? '' : ','}\n${JSON.stringify(entry)}`
    isFirst = false
  }
  yield '\n]}\n'
}

function utteranceEntry(row: EventRow) {
  return { event: row.type, ...utterancePayload(row) }
}

/** The whole debate to be read by people, a piece at a time. */
export async function* markdownTranscript({
  debate,
  entries,
}: TranscriptOf): AsyncGenerator<string> {
  yield `# ${inLine(debate.title)}\n\n`
  yield `- Began: ${timeText(debate.createdAt)}\n`
  yield `- Status: ${debate.status}\n`
  for (const side of SIDES) {
    const position = debate.sides[side]?.position
    if (position) yield `- ${side}: ${inLine(position)}\n`
  }
  yield '\n## phase_1_opening\n\n'
  for await (const row of entries) yield markdownEntry(row)
}

function markdownEntry(row: EventRow): string {
  const { data } = row
  const at = timeText(row.at)
  const text = (name: string) => String(data[name] ?? '')
  const say = (name: string) => inLine(text(name))
  switch (row.type as EntryType) {
    case 'utterance':
      return `### ${say('number')}. ${say('speaker')}, ${at}\n\n${quote(text('content'))}\n\n`
    case 'phase_transition':
      return `## ${say('phase')}\n\n`
    case 'intervention': {
      const to = data.directed_to ? say('directed_to') : 'all'
      return `**Intervention (${say('kind')}) to ${to}**, ${at}\n\n${quote(text('content'))}\n\n`
    }
    case 'intervention_response':
      return `**Answer of ${say('speaker')}**, ${at}\n\n${quote(text('response'))}\n\n`
    case 'pause':
    case 'resume': {
      const reason = data.reason ? `: ${say('reason')}` : ''
      return `*${row.type === 'pause' ? 'Paused' : 'Resumed'} at ${at}${reason}*\n\n`
    }
    case 'complete':
      return `*Complete at ${at}: ${say('utterance_count')} utterances*\n`
  }
}

function timeText(at: Date): string {
  return toTimestamp(at) ?? 'unknown time'
}
