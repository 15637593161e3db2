import type { Debate } from '../../src/debates/debate'
import type { Agent, Project } from '../../src/fleet/agent'
import { isArchived } from '../../src/fleet/session-change'
import { type PageRegion, region } from '../region'
import { agentUrl, debateUrl, projectUrl } from '../urls'
import { agentTitle } from '../words'
import { UsageOf } from './agent-card'
import { cutEnd } from './cut'
import { Fact } from './fact'
import { markOf, StateMark } from './state-mark'
import { Time } from './time'

interface AgentHeadProps {
  agent: Agent
  project: Project
  parent: Agent | null
  /** In which it speaks, newest first. */
  debates?: readonly Pick<Debate, 'id' | 'title'>[]
}

/** Everything that is known of an agent: its state and why, then where it comes from. */
export function agentHeadRegion(props: AgentHeadProps): PageRegion {
  const { agent, project, parent, debates = [] } = props
  const { memory } = agent
  return region(
    'agent-head',
    <header
      class="agent-head"
      data-agent-id={agent.id}
      data-state={agent.state}
      data-overlays={agent.overlays.join(' ')}
      data-mark={markOf(agent)}
    >
      <div class="agent-state">
        <StateMark agent={agent} />
        <span>
          for <Time at={agent.stateSince} as="since" />
        </span>
        <span class="muted">
          last confirmed <Time at={agent.confirmedAt} as="relative" /> by {agent.confirmedBy}
        </span>
      </div>
      <h1 dir="auto">{agentTitle(agent)}</h1>
      {isArchived(agent) ? (
        <p class="muted">Archived: it is on no board until it reports again.</p>
      ) : null}
      {memory.turn?.error ? <p class="trouble">Failed with {memory.turn.error}</p> : null}
      {memory.stuckReason ? <p class="trouble">Stuck: {memory.stuckReason}</p> : null}
      {memory.ended ? <p class="muted">Ended: {memory.ended.reason}</p> : null}
      <dl class="facts">
        <Fact name="Name">{agent.name}</Fact>
        <Fact name="Project">
          <a href={projectUrl(project)}>{project.name}</a>
        </Fact>
        {parent ? (
          <Fact name="Subagent of">
            <a href={agentUrl(parent)}>{agentTitle(parent)}</a>
          </Fact>
        ) : null}
        {debates.length > 0 ? (
          <Fact name="Speaks in">
            {debates.map(({ id, title }) => (
              <a class="agent-debate" href={debateUrl(id)} dir="auto">
                {cutEnd(title, 80)}
              </a>
            ))}
          </Fact>
        ) : null}
        <Fact name="Kind">{agent.agentType}</Fact>
        <Fact name="Model">{agent.model}</Fact>
        {agent.usage ? (
          <Fact name="Used">
            <UsageOf usage={agent.usage} />
          </Fact>
        ) : null}
        <Fact name="Host">{project.host}</Fact>
        <Fact name="Path">{project.path}</Fact>
        <Fact name="Turns">{memory.turnCount}</Fact>
        <Fact name="Seen first">
          <Time at={agent.discoveredAt} as="relative" />
        </Fact>
        <Fact name="Heard last">
          <Time at={agent.lastSeenAt} as="relative" />
        </Fact>
        <Fact name="Reporter">{agent.reporter}</Fact>
        <Fact name="Session">
          <code>{agent.sessionId}</code>
        </Fact>
      </dl>
    </header>,
  )
}
