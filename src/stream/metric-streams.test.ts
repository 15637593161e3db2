import { afterEach, expect, test } from 'vitest'
import { openTestClient } from '../../test/support/fake-response'
import { until } from '../../test/support/wait'
import { ALL_EVENTS } from '../filter/select'
import { type Figures, MetricStreams, type MetricStreamsOptions } from './metric-streams'

const running: MetricStreams[] = []
afterEach(() => {
  for (const streams of running.splice(0)) streams.stop()
})

function start(options: Partial<MetricStreamsOptions> = {}) {
  const state = { figures: { n: 1 } as Figures, computed: 0, errors: [] as unknown[] }
  const streams = new MetricStreams({
    compute: async () => {
      state.computed++
      return state.figures
    },
    onError: (error) => state.errors.push(error),
    shortestMs: 40,
    longestMs: 5_000,
    lookMs: 5,
    ...options,
  })
  running.push(streams)
  return { streams, state }
}

function watch(streams: MetricStreams, cursor = 7, filter = ALL_EVENTS, visitor = 'ada') {
  const client = openTestClient({ visitor })
  const viewer = { connection: client.connection, cursor }
  streams.open(viewer, filter)
  return { ...client, viewer, numbers: () => client.events().map(({ data }) => JSON.parse(data).n) }
}

test('fifty viewers cost one computation, and get the same bytes', async () => {
  const { streams, state } = start()
  const viewers = Array.from({ length: 50 }, () => watch(streams))
  await until('all have been told', () => viewers.every(({ events }) => events().length === 1))
  expect(state.computed).toBe(1)
  expect(new Set(viewers.map(({ response }) => response.text)).size).toBe(1)
  expect(viewers[0]?.events()[0]?.id).toMatch(/^evt_7\.\d+$/)
})

test('whoever stands elsewhere in the log goes on from there', async () => {
  const { streams } = start()
  const [here, there] = [watch(streams, 7), watch(streams, 5)]
  await until('both are told', () => there.events().length === 1 && here.events().length === 1)
  expect(there.events()[0]?.id).toMatch(/^evt_5\./)
})

test('what did not change is not sent again before the longest time has passed', async () => {
  const { streams, state } = start({ longestMs: 300 })
  const viewer = watch(streams)
  for (let n = 0; n < 5; n++) {
    streams.invalidate()
    const { computed } = state
    await until('it is looked at', () => state.computed > computed)
  }
  expect(viewer.numbers()).toEqual([1])
  await until('it is said again', () => viewer.numbers().length === 2)
})

test('a blocked viewer is left out, and is told the latest when there is room', async () => {
  const { streams, state } = start()
  const viewer = watch(streams)
  await until('it is told', () => viewer.numbers().length === 1)
  viewer.response.isFull = true
  viewer.connection.write(': full\n\n')
  for (const n of [2, 3, 4]) {
    const { computed } = state
    state.figures = { n }
    streams.invalidate()
    await until('it is computed', () => state.computed > computed)
  }
  expect(viewer.numbers()).toEqual([1])
  viewer.response.drain()
  await until('it is told the latest', () => viewer.numbers().length === 2)
  expect(viewer.numbers()).toEqual([1, 4])
})

test('a computation that fails is tried again, and told of', async () => {
  let faults = 2
  const { streams, state } = start({
    compute: async () => {
      if (faults-- > 0) throw new Error('away')
      return { n: 9 }
    },
  })
  const viewer = watch(streams)
  await until('it is told', () => viewer.numbers().length === 1)
  expect(state.errors).toHaveLength(2)
})

test('nobody is remembered who is gone, and another filter is another channel', async () => {
  const { streams } = start()
  const first = watch(streams)
  const second = watch(streams)
  streams.refilter(second.viewer, { ...ALL_EVENTS, types: ['a'] })
  expect(streams.channelCount).toBe(2)
  await until('it is told again', () => second.numbers().length === 1)
  first.connection.destroy()
  second.connection.destroy()
  expect(streams.channelCount).toBe(0)
  streams.refilter(second.viewer, ALL_EVENTS)
  expect(streams.channelCount).toBe(0)
})

test('they are read in the name of the visitor who alone watches them, or of nobody', async () => {
  const names: (string | null)[] = []
  const { streams } = start({
    compute: async (_, visitor) => {
      names.push(visitor)
      return { n: names.length }
    },
  })
  watch(streams)
  watch(streams)
  await until('they are read twice', () => names.length > 1)
  expect(new Set(names)).toEqual(new Set(['ada']))
  const bob = watch(streams, 7, ALL_EVENTS, 'bob')
  await until('they are read for both', () => names.at(-1) === null)
  const { length } = names
  bob.connection.destroy()
  await until('they are read for one again', () => names.length > length && names.at(-1) === 'ada')
})
