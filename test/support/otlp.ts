type Attributes = Readonly<Record<string, unknown>>

function attributes(values: Attributes) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { doubleValue: value } : { stringValue: String(value) },
  }))
}

/** One log record of Claude Code's telemetry, as its exporter sends it. */
export function recordBody(name: string, more: Attributes = {}) {
  const own = { 'session.id': 's-otlp', 'event.name': name, ...more }
  const logRecord = {
    timeUnixNano: '1789552800000000000',
    body: { stringValue: `claude_code.${name}` },
    attributes: attributes(own),
  }
  return { resourceLogs: [{ scopeLogs: [{ logRecords: [logRecord] }] }] }
}

/** Points of metrics, each a name, a value and its attributes. */
export function metricsBody(
  points: readonly (readonly [string, number, Attributes])[],
  aggregationTemporality: number | string = 1,
  timeUnixNano = '1789552860000000000',
) {
  const metrics = points.map(([name, value, more]) => ({
    name,
    sum: {
      aggregationTemporality,
      isMonotonic: true,
      dataPoints: [
        {
          attributes: attributes({ 'session.id': 's-otlp', model: 'opus', ...more }),
          startTimeUnixNano: '1789552800000000000',
          timeUnixNano,
          asDouble: value,
        },
      ],
    },
  }))
  return { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }
}
