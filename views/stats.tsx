import type { Project } from '../src/fleet/agent'
import type { Attention } from '../src/fleet/board'
import { STATES } from '../src/log/state'
import type { AgentFigures } from '../src/stats/agent-figures'
import type { Stats } from '../src/stats/stats'
import type { AppendList, Region } from '../src/stream/region'
import { attentionRegion } from './components/attention'
import { dollars, duration, wholeNumber } from './components/figures'
import { Numbers, Pair, Panel } from './components/panel'
import { projectUrl } from './components/project-section'
import { SeriesChart } from './components/series-chart'
import { MarkIcon, stateWord } from './components/state-mark'
import { Time } from './components/time'
import { Models, UsagePanel } from './components/usage-panels'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

export interface StatsModel {
  readonly agents: AgentFigures
  readonly attention: Attention
  readonly stats: Stats
  /** The busiest of them. */
  readonly projects: readonly Project[]
  readonly moreProjects: number
}

const TITLE = 'Metrics'

/** How many agents are in which state, how much happens, how long people keep them waiting, and cost. */
export function StatsPage({ model, frame }: { model: StatsModel; frame: PageFrame }) {
  return (
    <Layout title={TITLE} page="stats" frame={frame} attention={model.attention}>
      <h1>{TITLE}</h1>
      <div class="panels">
        <Agents model={model} />
        <Waiting model={model} />
        <Hour model={model} />
        <Day model={model} />
        <UsagePanel stats={model.stats} />
        <Models stats={model.stats} />
        <Projects model={model} />
      </div>
    </Layout>
  )
}

export function statsRegions(model: StatsModel): { regions: Region[]; stacks: AppendList[] } {
  return {
    regions: [
      attentionRegion(model.attention, TITLE),
      region('stats-agents', <Agents model={model} />),
      region('stats-waiting', <Waiting model={model} />),
      region('stats-hour', <Hour model={model} />),
      region('stats-day', <Day model={model} />),
      region('stats-usage', <UsagePanel stats={model.stats} />),
      region('stats-models', <Models stats={model.stats} />),
      region('stats-projects', <Projects model={model} />),
    ],
    stacks: [],
  }
}

type Of = { model: StatsModel }

function Agents({ model: { agents } }: Of) {
  return (
    <Panel id="stats-agents" title="Agents by state">
      <p class="figure">
        {agents.agents_total} <span class="muted">in all</span>
      </p>
      <ul class="by-state">
        {STATES.map((state) => (
          <li>
            <a href={`/?state=${state}`}>
              <MarkIcon mark={state} /> {stateWord(state)}
            </a>
            <span class="number">{agents.by_state[state]}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Waiting({ model: { agents, stats } }: Of) {
  const { waits } = stats
  return (
    <Panel id="stats-waiting" title="Waiting for a human">
      <p class="figure">
        {agents.awaiting_input} <span class="muted">now</span>
      </p>
      <dl class="pairs">
        {agents.awaiting_since ? (
          <Pair name="Longest now">
            <Time at={new Date(agents.awaiting_since)} as="since" />
          </Pair>
        ) : null}
        <Pair name="Ended in the last day">{wholeNumber(waits.count)}</Pair>
        {waits.count > 0 ? (
          <Pair name="Half of them within">{duration(waits.median_ms)}</Pair>
        ) : null}
        {waits.count > 0 ? <Pair name="The longest">{duration(waits.longest_ms)}</Pair> : null}
      </dl>
    </Panel>
  )
}

function Hour({ model: { stats } }: Of) {
  return (
    <Panel id="stats-hour" title="Events in the last hour">
      <SeriesChart id="chart-hour" series={stats.hour} unit="a minute" print={wholeNumber} />
    </Panel>
  )
}

function Day({ model: { stats } }: Of) {
  return (
    <Panel id="stats-day" title="Events in the last day">
      <SeriesChart
        id="chart-day"
        series={stats.day}
        unit="a quarter of an hour"
        print={wholeNumber}
      />
    </Panel>
  )
}

function Projects({ model: { agents, stats, projects, moreProjects } }: Of) {
  const rows = projects
    .map((project) => ({
      project,
      agents: agents.by_project[project.id] ?? 0,
      events: stats.eventsByProject.get(project.id) ?? 0,
      cost: stats.costByProject.get(project.id) ?? 0,
    }))
    .filter((row) => row.agents > 0 || row.events > 0)
    .sort((a, b) => b.events - a.events || a.project.id - b.project.id)
  return (
    <Panel id="stats-projects" title="By project, last day">
      <Numbers name="Projects">
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col">Agents</th>
            <th scope="col">Events</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ project, agents: count, events, cost }) => (
            <tr>
              <th scope="row">
                <a href={projectUrl(project)} dir="auto">
                  {project.name}
                </a>
              </th>
              <td>{count}</td>
              <td>{wholeNumber(events)}</td>
              <td>{cost > 0 ? dollars(cost) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </Numbers>
      {moreProjects > 0 ? (
        <p class="muted">and {wholeNumber(moreProjects)} more with fewer events</p>
      ) : null}
      {rows.length === 0 ? <p class="muted">Nothing was reported in the last day.</p> : null}
    </Panel>
  )
}
