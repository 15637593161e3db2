import { type Debate, SIDES, type Side } from '../../src/debates/debate'
import type { Agent, Project } from '../../src/fleet/agent'
import { agentTitle, agentUrl } from './agent-card'
import { cutEnd } from './cut'
import { projectUrl } from './project-section'
import { Time } from './time'

export interface DebateHeadProps {
  debate: Debate
  project: Project | null
  /** Those who speak for a side. */
  agents: readonly Agent[]
}

/** What is debated, and what each side stands for. */
export function DebateHead({ debate, project, agents }: DebateHeadProps) {
  return (
    <header id="debate-head" class="debate-head" data-debate-id={debate.id} hx-swap-oob="morph">
      <h1 dir="auto">{debate.title}</h1>
      <p class="muted">
        {project ? (
          <a href={projectUrl(project)} dir="auto">
            {cutEnd(project.name, 80)}
          </a>
        ) : null}{' '}
        began <Time at={debate.createdAt} as="relative" />
      </p>
      <dl class="sides">
        {SIDES.map((side) => (
          <SideLine side={side} debate={debate} agents={agents} />
        ))}
      </dl>
    </header>
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

export function debateUrl(id: string): string {
  return `/debates/${id}`
}
