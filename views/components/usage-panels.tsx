import type { Stats } from '../../src/stats/stats'
import type { Usage } from '../../src/stats/usage'
import type { PageRegion } from '../region'
import { dollars, tokens } from './figures'
import { Numbers, panelRegion } from './panel'
import { SeriesChart } from './series-chart'

export function usageRegion(stats: Stats): PageRegion {
  return panelRegion('stats-usage', 'Tokens and cost', <Used stats={stats} />)
}

function Used({ stats }: { stats: Stats }) {
  const { hour, day, ever } = stats.usage
  const isKnown = ever.cost_usd > 0 || ever.input_tokens > 0 || ever.output_tokens > 0
  if (!isKnown) {
    return (
      <p class="muted">
        Nobody has reported any yet. Claude Code does when its telemetry is on; programs do in the
        field <code>usage</code>.
      </p>
    )
  }
  return (
    <>
      <SeriesChart
        id="chart-cost"
        series={stats.cost}
        unit="a quarter of an hour"
        print={dollars}
      />
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
    </>
  )
}

export function modelsRegion({ byModel }: Stats): PageRegion {
  return panelRegion(
    'stats-models',
    'By model, last day',
    byModel.length === 0 ? (
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
          {byModel.map((usage) => (
            <UsageRow name={usage.model || 'unknown'} usage={usage} />
          ))}
        </tbody>
      </Numbers>
    ),
  )
}

function UsageHeads() {
  return (
    <>
      <th scope="col">Cost</th>
      <th scope="col">Input</th>
      <th scope="col">Output</th>
      <th scope="col">Cache</th>
    </>
  )
}

function UsageRow({ name, usage }: { name: string; usage: Usage }) {
  return (
    <tr>
      <th scope="row" dir="auto">
        {name}
      </th>
      <td>{dollars(usage.cost_usd)}</td>
      <td>{tokens(usage.input_tokens)}</td>
      <td>{tokens(usage.output_tokens)}</td>
      <td>{tokens(usage.cache_read_tokens + usage.cache_creation_tokens)}</td>
    </tr>
  )
}
