import type { JsonObject } from '../log/event-row'
import type { ReportedEvent, ReportedUsage } from './report'

/** No report can be about more tokens or dollars than this. */
export const MAX_USAGE = 1e12

const USAGE_TYPE = 'usage_reported'

/** The row that usage becomes: numbers only, which the database adds up. */
export function usageEvent(usage: ReportedUsage, more: JsonObject = {}): ReportedEvent {
  const { source, model, inputTokens, outputTokens, costUsd } = usage
  const said = [
    ...(inputTokens > 0 ? [`${inputTokens} tokens in`] : []),
    ...(outputTokens > 0 ? [`${outputTokens} out`] : []),
    ...(costUsd > 0 ? [`$${costUsd.toFixed(4)}`] : []),
  ].join(', ')
  return {
    type: USAGE_TYPE,
    summary: `${model ? `${model}: ` : ''}${said || 'nothing to pay'}`,
    data: {
      ...more,
      source,
      model,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_creation_tokens: usage.cacheCreationTokens,
      cost_usd: costUsd,
    },
  }
}
