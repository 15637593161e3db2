import type { Board, Waiting } from '../../src/fleet/board'
import { type PageRegion, region } from '../region'
import { agentUrl, pageUrl } from '../urls'
import { agentTitle } from '../words'
import { cutEnd } from './cut'
import { MiddleCut } from './middle-cut'
import { askWord } from './now'
import { MarkIcon } from './state-mark'
import { Time } from './time'

interface RecommendedProps {
  board: Pick<Board, 'waiting' | 'waitingCount' | 'filter'>
  path: string
}

/** Sessions that wait for a human, longest first. Always on the page, so that it can fill at any time. */
export function recommendedRegion({ board, path }: RecommendedProps): PageRegion {
  const { waiting, waitingCount, filter } = board
  if (waiting.length === 0) {
    return region('recommended', <section class="recommended" hidden />)
  }
  const rest = waitingCount - waiting.length
  return region(
    'recommended',
    <section class="recommended" aria-labelledby="recommended-title">
      <h2 id="recommended-title">Recommended next</h2>
      <ol>
        {waiting.map((one) => (
          <WaitingItem waiting={one} />
        ))}
      </ol>
      {rest > 0 ? (
        <a class="recommended-rest" href={pageUrl(path, { ...filter, states: ['awaiting_input'] })}>
          {rest} more {rest === 1 ? 'waits' : 'wait'}
        </a>
      ) : null}
    </section>,
  )
}

function WaitingItem({ waiting }: { waiting: Waiting }) {
  const { session, agent, project } = waiting
  const child = agent.id === session.id ? null : agent
  return (
    <li class="waiting" data-waiting-id={agent.id}>
      <MarkIcon mark="awaiting_input" />
      <span class="waiting-who">
        <a class="waiting-link" href={agentUrl(session)} dir="auto">
          {agentTitle(session)}
        </a>
        <span class="waiting-project" dir="auto">
          {cutEnd(project.name, 80)}
          {child ? ` · ${child.agentType ?? child.name}` : null}
        </span>
      </span>
      <span class="waiting-ask">
        <span class="now-label">{askWord(waiting.askKind)}</span>
        <MiddleCut text={waiting.ask} />
      </span>
      <span class="waiting-since">
        <Time at={waiting.since} as="since" />
      </span>
    </li>
  )
}
