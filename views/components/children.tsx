import type { Agent } from '../../src/fleet/agent'
import type { State } from '../../src/log/state'
import { agentUrl } from '../urls'
import { agentTitle } from '../words'
import { cutEnd } from './cut'
import { StateMark } from './state-mark'
import { Time } from './time'

const SHOWN = 3
const ORDER: readonly State[] = ['awaiting_input', 'errored', 'processing', 'commanded']

interface ChildrenProps {
  agents: readonly Agent[]
  /** How many there are beside these; `url` leads to all of them. */
  more: number
  url: string
}

/** The subagents of a session: the first few, and the rest behind a disclosure. */
export function Children({ agents, more, url }: ChildrenProps) {
  if (agents.length === 0) return null
  const sorted = [...agents].sort((a, b) => rank(a.state) - rank(b.state))
  // One more line costs no more room than the line that says that there is one more.
  const shown = sorted.length + more <= SHOWN + 1 ? sorted.length : SHOWN
  const rest = sorted.slice(shown)
  return (
    <div class="children">
      <ul aria-label="Subagents">
        {sorted.slice(0, shown).map((child) => (
          <Child agent={child} />
        ))}
      </ul>
      {rest.length > 0 ? (
        <details>
          <summary>{rest.length + more} more subagents</summary>
          <ul aria-label="More subagents">
            {rest.map((child) => (
              <Child agent={child} />
            ))}
            {more > 0 ? (
              <li class="child">
                <a class="child-name" href={url}>
                  and {more} more
                </a>
              </li>
            ) : null}
          </ul>
        </details>
      ) : null}
    </div>
  )
}

function Child({ agent }: { agent: Agent }) {
  const title = cutEnd(agentTitle(agent), 120)
  // A child without a name is called by its type.
  const type = agent.agentType === title ? null : cutEnd(agent.agentType ?? '', 60)
  return (
    <li class="child" data-child-id={agent.id} data-state={agent.state}>
      <StateMark agent={agent} />
      <a class="child-name" href={agentUrl(agent)} dir="auto">
        {type ? <span class="child-type">{type} </span> : null}
        {title}
      </a>
      <span class="child-since">
        <Time at={agent.stateSince} as="since" />
      </span>
    </li>
  )
}

function rank(state: State): number {
  const place = ORDER.indexOf(state)
  return place < 0 ? ORDER.length : place
}
