import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { collectLog } from '../../test/support/log-lines'
import type { Retention } from './retention'
import type { RetentionClock } from './retention-clock'
import { startRetention } from './retention-job'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const DAY_MS = 86_400_000
const SURE: RetentionClock = { seenAt: NOW, believedAt: NOW, doubtedMs: 0 }
const DOUBTED: RetentionClock = { ...SURE, believedAt: NOW - 91 * DAY_MS }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('says once that the clock is not believed, and once that it is again', async () => {
  const clocks = [SURE, DOUBTED, DOUBTED, null, SURE, SURE]
  const run = vi.fn(async () => {
    return { events: 0, keys: 0, through: null, clock: clocks.shift() ?? null }
  })
  const { log, lines } = collectLog()
  const stop = startRetention({ run } as unknown as Retention, log)
  await vi.advanceTimersByTimeAsync(2_000)
  for (let runs = 1; runs < 6; runs++) await vi.advanceTimersByTimeAsync(300_000)
  await stop()
  expect(run).toHaveBeenCalledTimes(6)
  expect(lines.map(({ level, msg }) => [level, msg.slice(0, 51)])).toEqual([
    [40, 'the clock of the database has gone on by more than '],
    [30, 'the clock of the database is believed again'],
  ])
  expect(lines[0]).toMatchObject({
    clock: '2026-11-21T12:00:00.000Z',
    believed: '2026-08-22T12:00:00.000Z',
  })
})
