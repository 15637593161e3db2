import type { Child } from 'hono/jsx'
import type { EventRow } from '../../src/log/event-row'
import type { Region } from '../../src/stream/region'
import { group, region } from '../render'
import { SpeakerMark } from './debate-state'
import { Time } from './time'
import { Words } from './transcript'

export interface Intervention {
  readonly put: EventRow
  /** Null: not answered yet. */
  readonly answer: EventRow | null
}

/** What people put into the debate, newest first, each with its answer. */
export function Interventions({ interventions }: { interventions: readonly Intervention[] }) {
  return (
    <InterventionsFrame interventions={interventions}>
      {interventions.map((intervention) => (
        <Item intervention={intervention} />
      ))}
    </InterventionsFrame>
  )
}

export function interventionsRegion(interventions: readonly Intervention[]): Region {
  return group(
    'interventions',
    () => <Interventions interventions={interventions} />,
    <InterventionsFrame interventions={interventions} />,
    interventions.map((intervention) =>
      region(itemId(intervention), <Item intervention={intervention} />),
    ),
  )
}

function InterventionsFrame(props: { interventions: readonly Intervention[]; children?: Child }) {
  return (
    <div id="interventions" class="interventions" hx-swap-oob="morph">
      {props.children}
      {props.interventions.length === 0 ? <p class="muted">Nobody has intervened.</p> : null}
    </div>
  )
}

function Item({ intervention }: { intervention: Intervention }) {
  const { put, answer } = intervention
  const { kind, directed_to, content } = put.data
  return (
    <article
      id={itemId(intervention)}
      class="intervention"
      data-answered={answer ? 'true' : 'false'}
      hx-swap-oob="morph"
    >
      <p class="entry-head">
        <strong>
          {String(kind)} to {String(directed_to ?? 'all')}
        </strong>
        <Time at={put.at} as="clock" />
      </p>
      <Words text={content} />
      {answer ? (
        <div class="answer">
          <p class="entry-head">
            <SpeakerMark speaker={String(answer.data.speaker)} />
            <Time at={answer.at} as="clock" />
          </p>
          <Words text={answer.data.response} />
        </div>
      ) : (
        <p class="unanswered">Not answered yet</p>
      )}
    </article>
  )
}

function itemId({ put }: Intervention): string {
  return `intervention-${put.id}`
}
