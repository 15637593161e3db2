interface BarChartProps {
  /** Unique on the page. */
  id: string
  title: string
  /** What it shows, in words, for screen readers. */
  description: string
  values: readonly number[]
}

const STEP = 10
const GAP = 2
const HEIGHT = 100

/** Bars from left to right, as high as their share of the highest. Colours come from the style sheet. */
export function BarChart({ id, title, description, values }: BarChartProps) {
  const highest = Math.max(...values, 0)
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${values.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-labelledby={`${id}-title ${id}-desc`}
    >
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-desc`}>{description}</desc>
      {values.map((value, index) => {
        const height = highest === 0 ? 0 : Math.max(1, (value / highest) * HEIGHT)
        return value > 0 ? (
          <rect
            class="bar"
            x={index * STEP}
            y={rounded(HEIGHT - height)}
            width={STEP - GAP}
            height={rounded(height)}
          />
        ) : null
      })}
      <rect class="base" x="0" y={HEIGHT - 1} width={values.length * STEP} height="1" />
    </svg>
  )
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
