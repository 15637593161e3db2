import { monitorEventLoopDelay } from 'node:perf_hooks'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BadInput } from '../../src/errors/app-error'
import { type BodyKind, type BodyType, decodeBody } from '../../src/ingest/decode/decode-body'
import { createRedaction } from '../../src/ingest/redact'
import { startTestMuster, type TestMuster } from '../support/muster'
import { type SentBody, TestSender } from '../support/sender'

let muster: TestMuster
let sender: TestSender

beforeAll(async () => {
  muster = await startTestMuster()
  sender = new TestSender(muster.address)
})
afterAll(async () => {
  await sender.close()
  await muster.stop()
})

const MEBIBYTE = 1024 * 1024
const TRIES = 3
const LIMIT_MS = 180_000
const redact = createRedaction({ defaults: true, patterns: [], paths: [] })

/** So many pieces as there is room for, 5,000 at most unless said otherwise. */
function fill(maxBytes: number, piece: (index: number) => string, most = 5_000): string {
  const pieces: string[] = []
  let bytes = 0
  for (let index = 0; index < most; index++) {
    const next = piece(index)
    bytes += next.length + 1
    if (bytes > maxBytes) break
    pieces.push(next)
  }
  return pieces.join(',')
}

const line = (index: number) =>
  `{"line":${index},"text":"const total = sum(values) // of ${index}"}`
const item = (attempt: number) => (index: number) =>
  `{"type":"noted","project":"large","agent":"agent ${index % 10}","message":"${'so much to say '.repeat(8)}${attempt} ${index}"}`
const session = (index: number) =>
  `{"key":"session.id","value":{"stringValue":"session-${index % 10}"}}`
/** Nanoseconds, of which no two attempts have the same: what is sent again is not stored again. */
const nanos = (attempt: number, index: number) => `"178955280${attempt}${100_000 + index}0000"`
const record = (attempt: number) => (index: number) =>
  `{"timeUnixNano":${nanos(attempt, index)},"body":{"stringValue":"claude_code.user_prompt"},"attributes":[${session(index)},{"key":"prompt","value":{"stringValue":"${'please explain '.repeat(42)}"}}]}`
const point = (attempt: number) => (index: number) =>
  `{"timeUnixNano":${nanos(attempt, index)},"asDouble":1,"attributes":[${session(index)},{"key":"type","value":{"stringValue":"input"}},{"key":"x","value":{"stringValue":"${'x'.repeat(600)}"}}]}`

const logs = (attempt: number) =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${fill(4 * MEBIBYTE - 200, record(attempt))}]}]}]}`
const metrics = (attempt: number) =>
  `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"claude_code.token.usage","sum":{"aggregationTemporality":1,"dataPoints":[${fill(4 * MEBIBYTE - 300, point(attempt))}]}}]}]}]}`
const hook = (attempt: number) =>
  `{"session_id":"s","cwd":"/srv/large","hook_event_name":"PostToolUse","tool_name":"Read","prompt_id":"p${attempt}","tool_response":[${fill(16 * MEBIBYTE - 200, line, 1e6)}]}`
const events = (attempt: number) => fill(MEBIBYTE - 2, item(attempt))

const JSON_TYPE = { 'Content-Type': 'application/json' }
const NDJSON_TYPE = { 'Content-Type': 'application/x-ndjson' }
const bodies: [string, BodyKind, string, Record<string, string>, (attempt: number) => string][] = [
  ['a hook of 16 MiB', 'claude-code', '/hooks/claude-code', JSON_TYPE, hook],
  ['5,000 events', 'api-events', '/api/events', JSON_TYPE, (attempt) => `[${events(attempt)}]`],
  [
    '5,000 events as NDJSON',
    'api-events',
    '/api/events',
    NDJSON_TYPE,
    (attempt) => events(attempt + TRIES).replaceAll('},{', '}\n{'),
  ],
  ['4 MiB of OTLP logs', 'otlp-logs', '/v1/logs', JSON_TYPE, logs],
  [
    '4 MiB of OTLP logs as gzip',
    'otlp-logs',
    '/v1/logs',
    { ...JSON_TYPE, 'Content-Encoding': 'gzip' },
    (attempt) => logs(attempt + TRIES),
  ],
  [
    '512 KiB of what is no turn of a debate',
    'utterance',
    '/api/debates/00000000-0000-4000-8000-000000000000/utterances',
    JSON_TYPE,
    (attempt) => `{"attempt":${attempt},"lines":[${fill(512 * 1024 - 100, line, 1e6)}]}`,
  ],
  ['4 MiB of OTLP metrics', 'otlp-metrics', '/v1/metrics', JSON_TYPE, metrics],
]

/** What decoding takes when nothing else runs meanwhile. */
function decodingMs(kind: BodyKind, text: string, type: BodyType): number {
  const begun = performance.now()
  try {
    decodeBody({ kind, type, bytes: Buffer.from(text), context: { host: null } }, redact)
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput)
  }
  return performance.now() - begun
}

/** For how long the event loop stood still at most until the answer, and worked altogether. */
async function watch(request: SentBody): Promise<{ longestMs: number; activeMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 2 })
  const before = performance.eventLoopUtilization()
  delay.enable()
  const status = await sender.send(request)
  delay.disable()
  expect([200, 201, 400]).toContain(status)
  const { active } = performance.eventLoopUtilization(before)
  return { longestMs: delay.max / 1e6, activeMs: active }
}

test.each(bodies)(
  '%s holds up the event loop for less than a quarter of its work',
  { timeout: LIMIT_MS },
  async (_, kind, path, headers, textOf) => {
    const whole: number[] = []
    const longest: number[] = []
    // The quietest of a few: another process on this machine delays some, a block of our own all.
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const text = textOf(attempt)
      const alone = decodingMs(kind, text, headers['Content-Type'] as BodyType)
      const body = headers['Content-Encoding'] ? gzipSync(text) : Buffer.from(text)
      const { longestMs, activeMs } = await watch({ path, headers, body })
      whole.push(alone + activeMs)
      longest.push(longestMs)
      if (Math.min(...longest) < Math.min(...whole) / 4) break
    }
    expect(Math.min(...longest)).toBeLessThan(Math.min(...whole) / 4)
  },
)
