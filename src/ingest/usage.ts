import { BadInput } from '../errors/app-error'
import type { ReportedUsage } from '../fleet/report'
import { firstLine } from '../fleet/text'
import { MAX_USAGE } from '../fleet/usage-event'

type Figure = 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens' | 'costUsd'

/** What programs call the figures; the second names are those of the Anthropic API. */
const FIGURES: Readonly<Record<string, Figure>> = {
  input_tokens: 'inputTokens',
  output_tokens: 'outputTokens',
  cache_read_tokens: 'cacheReadTokens',
  cache_read_input_tokens: 'cacheReadTokens',
  cache_creation_tokens: 'cacheCreationTokens',
  cache_creation_input_tokens: 'cacheCreationTokens',
  cost_usd: 'costUsd',
}

export const NO_FIGURES = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costUsd: 0,
}

interface ParsedUsage {
  /** Null where no figure is known. */
  readonly usage: ReportedUsage | null
  /** What was sent beside the figures. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Reads the `usage` of a program's report. Throws BadInput for a figure that cannot be one. */
export function parseUsage(
  given: Readonly<Record<string, unknown>>,
  index: number | null,
): ParsedUsage {
  const figures: Record<Figure, number> = { ...NO_FIGURES }
  const rest: [string, unknown][] = []
  let isKnown = false
  for (const [key, value] of Object.entries(given)) {
    const figure = Object.hasOwn(FIGURES, key) ? FIGURES[key] : undefined
    if (figure === undefined) rest.push([key, value])
    else if (value !== null) {
      figures[figure] = toFigure(key, value, index)
      isKnown = true
    }
  }
  if (!isKnown) return { usage: null, rest: given }
  const { model } = given
  const name = typeof model === 'string' ? firstLine(model, 200) || null : null
  return {
    usage: { source: 'report', model: name, ...figures },
    rest: Object.fromEntries(rest.filter(([key]) => key !== 'model')),
  }
}

function toFigure(key: string, value: unknown, index: number | null): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_USAGE) return value
  const field = `usage.${key}`
  throw new BadInput(field, `${field}: has to be a number from 0 to ${MAX_USAGE}`, { index })
}
