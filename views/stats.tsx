import type { Child } from 'hono/jsx'
import type { Project } from '../src/fleet/agent'
import type { Attention } from '../src/fleet/board'
import { STATES } from '../src/fleet/state'
import type { AgentFigures } from '../src/metrics/agent-figures'
import type { Series, Stats } from '../src/metrics/stats'
import type { Usage } from '../src/metrics/usage'
import type { Region, Stack } from '../src/stream/region'
import { attentionRegion } from './components/attention'
import { BarChart } from './components/bar-chart'
import { dollars, duration, tokens, wholeNumber } from './components/figures'
import { projectUrl } from './components/project-section'
import { MarkIcon, stateWord } from './components/state-mark'
import { Time } from './components/time'
import { Layout, type PageFrame } from './layout'
import { region } from './render'

export interface StatsModel {
  readonly agents: AgentFigures
  readonly attention: Attention
  readonly stats: Stats
  readonly projects: readonly Project[]
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
        <UsagePanel model={model} />
        <Models model={model} />
        <Projects model={model} />
      </div>
    </Layout>
  )
}

export function statsRegions(model: StatsModel): { regions: Region[]; stacks: Stack[] } {
  return {
    regions: [
      attentionRegion(model.attention, TITLE),
      region('stats-agents', <Agents model={model} />),
      region('stats-waiting', <Waiting model={model} />),
      region('stats-hour', <Hour model={model} />),
      region('stats-day', <Day model={model} />),
      region('stats-usage', <UsagePanel model={model} />),
      region('stats-models', <Models model={model} />),
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
      <Chart id="chart-hour" series={stats.hour} unit="a minute" print={wholeNumber} />
    </Panel>
  )
}

function Day({ model: { stats } }: Of) {
  return (
    <Panel id="stats-day" title="Events in the last day">
      <Chart id="chart-day" series={stats.day} unit="a quarter of an hour" print={wholeNumber} />
    </Panel>
  )
}

function UsagePanel({ model: { stats } }: Of) {
  const { hour, day, ever } = stats.usage
  const isKnown = ever.cost_usd > 0 || ever.input_tokens > 0 || ever.output_tokens > 0
  if (!isKnown) {
    return (
      <Panel id="stats-usage" title="Tokens and cost">
        <p class="muted">
          Nobody has reported any yet. Claude Code does when its telemetry is on; programs do in the
          field <code>usage</code>.
        </p>
      </Panel>
    )
  }
  return (
    <Panel id="stats-usage" title="Tokens and cost">
      <Chart id="chart-cost" series={stats.cost} unit="a quarter of an hour" print={dollars} />
      <Numbers name="Tokens and cost over time">
        <thead>
          <tr>
            <th scope="col">In</th>
            <UsageHeads />
          </tr>
        </thead>
        <tbody>
          <UsageRow name="Last hour" usage={hour} />
          <UsageRow name="Last day" usage={day} />
          <UsageRow name="Ever" usage={ever} />
        </tbody>
      </Numbers>
    </Panel>
  )
}

function Models({ model: { stats } }: Of) {
  return (
    <Panel id="stats-models" title="By model, last day">
      {stats.byModel.length === 0 ? (
        <p class="muted">Nothing in the last day.</p>
      ) : (
        <Numbers name="Tokens and cost by model">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <UsageHeads />
            </tr>
          </thead>
          <tbody>
            {stats.byModel.map((usage) => (
              <UsageRow name={usage.model || 'unknown'} usage={usage} />
            ))}
          </tbody>
        </Numbers>
      )}
    </Panel>
  )
}

function Projects({ model: { agents, stats, projects } }: Of) {
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
      {rows.length === 0 ? <p class="muted">Nothing was reported in the last day.</p> : null}
    </Panel>
  )
}

/** It scrolls by itself where it does not fit, also for who has no pointer. */
function Numbers({ name, children }: { name: string; children?: Child }) {
  return (
    <section class="numbers-scroll" aria-label={name} tabindex={0}>
      <table class="numbers">{children}</table>
    </section>
  )
}

function UsageHeads() {
  return (
    <>
      <th scope="col">Input</th>
      <th scope="col">Output</th>
      <th scope="col">Cache</th>
      <th scope="col">Cost</th>
    </>
  )
}

function UsageRow({ name, usage }: { name: string; usage: Usage }) {
  return (
    <tr>
      <th scope="row" dir="auto">
        {name}
      </th>
      <td>{tokens(usage.input_tokens)}</td>
      <td>{tokens(usage.output_tokens)}</td>
      <td>{tokens(usage.cache_read_tokens + usage.cache_creation_tokens)}</td>
      <td>{dollars(usage.cost_usd)}</td>
    </tr>
  )
}

interface ChartProps {
  id: string
  series: Series
  unit: string
  print: (value: number) => string
}

/** The bars, and the same in words. */
function Chart({ id, series: { start, stepMs, values }, unit, print }: ChartProps) {
  const sum = values.reduce((total, value) => total + value, 0)
  const highest = Math.max(...values)
  const peak = new Date(start.getTime() + values.indexOf(highest) * stepMs)
  const said =
    sum === 0
      ? 'Nothing.'
      : `${print(sum)} in all; at most ${print(highest)} ${unit}, at ${peak.toISOString().slice(11, 16)} UTC.`
  return (
    <>
      <BarChart
        id={id}
        title={`From ${start.toISOString().slice(11, 16)} UTC on`}
        description={said}
        values={values}
      />
      <p class="muted">{said}</p>
    </>
  )
}

function Panel({ id, title, children }: { id: string; title: string; children?: Child }) {
  return (
    <section id={id} class="panel" aria-labelledby={`${id}-title`} hx-swap-oob="morph">
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  )
}

function Pair({ name, children }: { name: string; children?: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
