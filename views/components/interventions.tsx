import type { EventRow } from '../../src/log/event-row'
import { group, type PageRegion, region } from '../region'
import { SpeakerMark } from './debate-state'
import { Time } from './time'
import { Words } from './transcript'

export interface Intervention {
  readonly put: EventRow
  /** Null: not answered yet. */
  readonly answer: EventRow | null
}

/** What people put into the debate, newest first, each with its answer. */
export function interventionsRegion(interventions: readonly Intervention[]): PageRegion {
  return group('interventions', interventions.map(itemRegion), (items) => (
    <div class="interventions">
      {items}
      {interventions.length === 0 ? <p class="muted">Nobody has intervened.</p> : null}
    </div>
  ))
}

function itemRegion({ put, answer }: Intervention): PageRegion {
  const { kind, directed_to, content } = put.data
  return region(
    `intervention-${put.id}`,
    <article class="intervention" data-answered={answer ? 'true' : 'false'}>
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
    </article>,
  )
}
