import type { Series } from '../../src/stats/stats'
import { BarChart } from './bar-chart'

interface SeriesChartProps {
  id: string
  series: Series
  unit: string
  print: (value: number) => string
}

/** The bars, and the same in words. */
export function SeriesChart({
  id,
  series: { start, stepMs, values },
  unit,
  print,
}: SeriesChartProps) {
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
