import type { Agent, AgentUsage } from '../../src/fleet/agent'
import type { SessionCard } from '../../src/fleet/board'
import { type PageRegion, region } from '../region'
import { agentUrl } from '../urls'
import { agentTitle, plural } from '../words'
import { Children } from './children'
import { cutEnd } from './cut'
import { dollars, tokens } from './figures'
import { Now } from './now'
import { SeenButton } from './seen-button'
import { markOf, StateMark } from './state-mark'
import { Time } from './time'

interface Kept {
  readonly children: readonly Agent[]
  readonly moreChildren: number
  readonly card: PageRegion
}

const kept = new WeakMap<Agent, Kept>()

/** A session's card, the same one for as long as the agents on it are the same objects. */
export function cardRegion(session: SessionCard): PageRegion {
  const { agent, children, moreChildren = 0 } = session
  const old = kept.get(agent)
  const isSame = old?.moreChildren === moreChildren && sameAgents(old.children, children)
  if (isSame) return old.card
  const card = renderCard(session)
  kept.set(agent, { children, moreChildren, card })
  return card
}

function renderCard({ agent, children, moreChildren = 0 }: SessionCard): PageRegion {
  return region(
    `agent-${agent.id}`,
    <article
      class="card"
      data-agent-session={agent.sessionId}
      data-agent-id={agent.id}
      data-state={agent.state}
      data-overlays={agent.overlays.join(' ')}
      data-mark={markOf(agent)}
    >
      <div class="card-top">
        <StateMark agent={agent} />
        <span class="card-since">
          <Time at={agent.stateSince} as="since" />
        </span>
      </div>
      <h3 class="card-title">
        <a class="card-link" href={agentUrl(agent)} dir="auto">
          {agentTitle(agent)}
        </a>
      </h3>
      <Now agent={agent} subagents={children} />
      <Children agents={children} more={moreChildren} url={agentUrl(agent)} />
      <CardFoot agent={agent} subagents={children.length + moreChildren} />
      <SeenButton agent={agent} />
    </article>,
  )
}

function CardFoot({ agent, subagents }: { agent: Agent; subagents: number }) {
  const background = agent.memory.background.length
  return (
    <p class="card-foot">
      <span class="card-name" dir="auto">
        {cutEnd(agent.name, 60)}
      </span>
      {agent.model ? <span class="card-model">{cutEnd(agent.model, 60)}</span> : null}
      {agent.usage ? <UsageOf usage={agent.usage} /> : null}
      {subagents > 0 ? <span>{plural(subagents, 'subagent')}</span> : null}
      {background > 0 ? <span>{background} in background</span> : null}
      <span class="card-confirmed">
        <span class="sr">last confirmed </span>
        <Time at={agent.confirmedAt} as="relative" /> by {agent.confirmedBy}
      </span>
    </p>
  )
}

/** "12.3 k tokens, $0.42": what is known of the two. */
export function UsageOf({ usage: { tokens: used, costUsd } }: { usage: AgentUsage }) {
  const said = [
    ...(used > 0 ? [`${tokens(used)} tokens`] : []),
    ...(costUsd > 0 ? [dollars(costUsd)] : []),
  ]
  return said.length === 0 ? null : <span class="card-usage">{said.join(', ')}</span>
}

function sameAgents(a: readonly Agent[], b: readonly Agent[]): boolean {
  return a.length === b.length && a.every((agent, i) => agent === b[i])
}
