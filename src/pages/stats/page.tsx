import { dollars, duration, wholeNumber } from '../../../views/components/figures'
import { Numbers, Pair, panelRegion } from '../../../views/components/panel'
import { SeriesChart } from '../../../views/components/series-chart'
import { MarkIcon, stateWord } from '../../../views/components/state-mark'
import { Time } from '../../../views/components/time'
import { modelsRegion, usageRegion } from '../../../views/components/usage-panels'
import { projectUrl } from '../../../views/urls'
import { STATES } from '../../log/state'
import { definePage } from '../define-page'
import { type StatsModel, StatsState } from './state'

const TITLE = 'Metrics'

/** How many agents are in which state, how much happens, how long people keep them waiting, and cost. */
export const statsPage = definePage({
  key: 'stats',
  path: '/stats',
  nav: { label: TITLE },
  open: (_, data) => new StatsState(data),
  title: () => TITLE,
  parts: (model: StatsModel) => ({
    agents: panelRegion('stats-agents', 'Agents by state', <Agents model={model} />),
    waiting: panelRegion('stats-waiting', 'Waiting for a human', <Waiting model={model} />),
    hour: panelRegion('stats-hour', 'Events in the last hour', <Hour model={model} />),
    day: panelRegion('stats-day', 'Events in the last day', <Day model={model} />),
    usage: usageRegion(model.stats),
    models: modelsRegion(model.stats),
    projects: panelRegion('stats-projects', 'By project, last day', <Projects model={model} />),
  }),
  body: (panels) => (
    <>
      <h1>{TITLE}</h1>
      <div class="panels">{Object.values(panels)}</div>
    </>
  ),
})

type Of = { model: StatsModel }

function Agents({ model: { agents } }: Of) {
  return (
    <>
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
    </>
  )
}

function Waiting({ model: { agents, stats } }: Of) {
  const { waits } = stats
  return (
    <>
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
        {waits.count > 0 ? <Pair name="Median">{duration(waits.median_ms)}</Pair> : null}
        {waits.count > 0 ? <Pair name="The longest">{duration(waits.longest_ms)}</Pair> : null}
      </dl>
    </>
  )
}

function Hour({ model: { stats } }: Of) {
  return <SeriesChart id="chart-hour" series={stats.hour} unit="a minute" print={wholeNumber} />
}

function Day({ model: { stats } }: Of) {
  return (
    <SeriesChart
      id="chart-day"
      series={stats.day}
      unit="a quarter of an hour"
      print={wholeNumber}
    />
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
    <>
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
    </>
  )
}
