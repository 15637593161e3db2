import type { ServerResponse } from 'node:http'
import { ALL_EVENTS } from '../src/filter/select'
import type { EventRow } from '../src/log/event-row'
import { Telemetry } from '../src/prometheus/prometheus'
import { Connections } from '../src/stream/connections'
import { encodeFrame } from '../src/stream/frame'
import { LogStreams } from '../src/stream/log-streams'

/**
 * What counting costs: batches of events handed to a thousand readers of one stream, with the
 * metrics and without, in turns. The sockets are of the kind that takes everything at once.
 */

const READERS = 1_000
const BATCH = 20
const BATCHES = 100
const ROUNDS = 15

const FORMAT = {
  name: 'named',
  encode: (row: EventRow) =>
    encodeFrame({ event: row.type, id: row.id, data: JSON.stringify(row.data) }),
}

const telemetry = new Telemetry()
const counted = prepare((...sent) => telemetry.streams.onSent(...sent))
const bare = prepare()
const rounds = Array.from({ length: ROUNDS }, () => ({ with: counted(), without: bare() }))
const ratio = median(rounds.map((round) => round.with / round.without))
const perBatch = (median(rounds.map(({ without }) => without)) / BATCHES) * 1_000
console.log(
  `${READERS} readers, batches of ${BATCH} events, ${ROUNDS} rounds of ${BATCHES} batches`,
)
console.log(`without metrics: ${perBatch.toFixed(0)} µs a batch, of which no system call is a part`)
console.log(`with metrics / without: ${ratio.toFixed(3)} (median)`)
process.exit()

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function prepare(onSent?: (rows: readonly EventRow[], readers: number, isLive: boolean) => void) {
  let head = 0
  const source = {
    get head() {
      return head
    },
    recentAfter: () => [],
    storedAfter: async () => ({ rows: [], trimmedThrough: 0 }),
  }
  const streams = new LogStreams(source, {
    onError: (error) => {
      throw error
    },
    ...(onSent && { onSent }),
  })
  const limits = { heartbeatMs: 1e6, stallMs: 1e6, rotateMs: 1e6, maxPerFamily: READERS }
  const connections = new Connections(limits, () => {})
  for (let reader = 0; reader < READERS; reader++) {
    const connection = connections.tryOpen(deafResponse(), {
      family: 'events',
      visitor: 'bench',
      client: 'bench',
    })
    if (connection) streams.catchUp(streams.open(connection, FORMAT, ALL_EVENTS, 0))
  }
  return () => {
    const begun = performance.now()
    for (let batch = 0; batch < BATCHES; batch++) {
      const rows = Array.from({ length: BATCH }, () => makeRow(++head))
      streams.deliver(rows)
    }
    return performance.now() - begun
  }
}

function deafResponse(): ServerResponse {
  const response = {
    destroyed: false,
    writableLength: 0,
    on: () => response,
    writeHead: () => response,
    write: () => true,
  }
  return response as unknown as ServerResponse
}

function makeRow(id: number): EventRow {
  return {
    id,
    at: new Date(),
    reportedAt: null,
    type: `kind_${id % 20}`,
    projectId: 1,
    agentId: 1,
    debateId: null,
    turnId: null,
    actorId: null,
    targetId: null,
    targetType: null,
    state: null,
    summary: 'something was done',
    data: { text: 'x'.repeat(200) },
  }
}
