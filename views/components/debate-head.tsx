import { type Debate, SIDES, type Side } from '../../src/debates/debate'
import type { Agent } from '../../src/fleet/agent'
import { type PageRegion, region } from '../region'
import { agentUrl } from '../urls'
import { agentTitle } from '../words'
import { cutEnd } from './cut'
import { Time } from './time'

/** What is debated. */
export function debateHeadRegion(debate: Debate): PageRegion {
  return region(
    'debate-head',
    <header class="debate-head" data-debate-id={debate.id}>
      <h1 dir="auto">{debate.title}</h1>
      <p class="muted">
        Began <Time at={debate.createdAt} as="relative" />
      </p>
    </header>,
  )
}

/** What each side stands for, and who of the fleet speaks for it. */
export function sidesRegion(debate: Debate, agents: readonly Agent[]): PageRegion {
  return region(
    'sides',
    <dl class="sides">
      {SIDES.map((side) => (
        <SideLine side={side} debate={debate} agents={agents} />
      ))}
    </dl>,
  )
}

function SideLine(props: { side: Side; debate: Debate; agents: readonly Agent[] }) {
  const { side, debate, agents } = props
  const given = debate.sides[side]
  if (!given) return null
  const agent = agents.find(({ id }) => id === given.agentId)
  return (
    <div class="side" data-speaker={side}>
      <dt class="speaker" data-speaker={side}>
        {side}
      </dt>
      <dd dir="auto">
        <p class="words">{given.position}</p>
        {agent ? (
          <p>
            <a href={agentUrl(agent)} dir="auto">
              {cutEnd(agentTitle(agent), 80)}
            </a>
          </p>
        ) : null}
      </dd>
    </div>
  )
}
