import type { Debate } from '../src/debates/debate'
import { EVERYTHING } from '../src/filter/filter'
import type { Agent, Project } from '../src/fleet/agent'
import type { Attention, Counts as Numbers, TimelineTurn } from '../src/fleet/board'
import type { AppendList, Region } from '../src/stream/region'
import { agentTitle } from './components/agent-card'
import { AgentHead } from './components/agent-head'
import { AgentNow } from './components/agent-now'
import { attentionRegion } from './components/attention'
import { Counts } from './components/counts'
import { cutEnd } from './components/cut'
import { projectUrl } from './components/project-section'
import { Timeline, timelineRegion } from './components/timeline'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

interface AgentModel {
  readonly agent: Agent
  readonly project: Project
  readonly parent: Agent | null
  /** Its subagents, oldest first. */
  readonly children: readonly Agent[]
  /** Newest first. */
  readonly turns: readonly TimelineTurn[]
  /** Of all sessions, where the page is to show them. */
  readonly counts: Numbers | null
  readonly attention: Attention
  /** In which it speaks, newest first. */
  readonly debates?: readonly Pick<Debate, 'id' | 'title'>[]
}

export function AgentPage({ model, frame }: { model: AgentModel; frame: PageFrame }) {
  const { agent, project, parent, children, turns, counts, debates = [] } = model
  return (
    <Layout
      title={nameOf(agent)}
      page="agent"
      frame={frame}
      attention={model.attention}
      counts={counts ? <Counts counts={counts} filter={EVERYTHING} path="/" /> : null}
    >
      <nav class="crumbs" aria-label="Breadcrumb">
        <a href="/">All projects</a>
        <a href={projectUrl(project)} dir="auto">
          {cutEnd(project.name, 80)}
        </a>
      </nav>
      <AgentHead agent={agent} project={project} parent={parent} debates={debates} />
      <div class="columns">
        <AgentNow agent={agent} subagents={children} />
        <section class="history" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Turns</h2>
          <Timeline turns={turns} />
        </section>
      </div>
    </Layout>
  )
}

export function agentRegions(model: AgentModel): { regions: Region[]; stacks: AppendList[] } {
  const { agent, project, parent, children, turns, counts, debates = [] } = model
  const head = <AgentHead agent={agent} project={project} parent={parent} debates={debates} />
  const regions = [
    region('agent-head', head),
    region('agent-now', <AgentNow agent={agent} subagents={children} />),
    timelineRegion(turns),
    attentionRegion(model.attention, nameOf(agent)),
  ]
  if (counts) {
    regions.unshift(region('counts', <Counts counts={counts} filter={EVERYTHING} path="/" />))
  }
  return { regions, stacks: [] }
}

/** In place of an agent that was removed while its page was open. */
export function goneRegions(attention: Attention): { regions: Region[]; stacks: AppendList[] } {
  const head = (
    <header id="agent-head" class="agent-head" hx-swap-oob="morph">
      <h1>This session was removed</h1>
      <p class="muted">What it reported was removed with it.</p>
    </header>
  )
  return {
    regions: [
      region('agent-head', head),
      region('agent-now', <section id="agent-now" class="agent-now" hx-swap-oob="morph" />),
      timelineRegion([]),
      attentionRegion(attention, 'Agent'),
    ],
    stacks: [],
  }
}

function nameOf(agent: Agent): string {
  return cutEnd(agentTitle(agent), 80)
}
