import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestLog, type TestLog } from '../../test/support/log'
import { Retention } from './retention'
import { nextClock, type RetentionClock } from './retention-clock'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.parse('2026-11-21T00:00:00Z')
const SURE: RetentionClock = { seenAt: START, believedAt: START, doubtedMs: 0 }

/** Runs every five minutes from the clock's last run on, by a clock that goes as it should. */
function runFor(ms: number, clock: RetentionClock): RetentionClock {
  let next = clock
  for (let passed = 5 * MINUTE; passed <= ms; passed += 5 * MINUTE) {
    next = nextClock(next, clock.seenAt + passed)
  }
  return next
}

describe('The time by which events are old', () => {
  test('is the clock’s while that goes on as usual, through nights and restarts', () => {
    let clock = runFor(3 * DAY, SURE)
    expect(clock.believedAt).toBe(START + 3 * DAY)
    clock = nextClock(clock, clock.seenAt + 20 * HOUR)
    expect(clock.believedAt).toBe(clock.seenAt)
    expect(nextClock(null, START)).toEqual(SURE)
  })

  test('does not follow a jump ahead, and is right again when the clock is', () => {
    const jumped = nextClock(SURE, START + 91 * DAY)
    expect(jumped.believedAt).toBe(START)
    // It goes on from where it was, for as long as anybody may take to notice.
    const later = runFor(23 * HOUR, jumped)
    expect(later.believedAt).toBe(START + 23 * HOUR)
    const mended = nextClock(later, START + 23 * HOUR + 5 * MINUTE)
    expect(mended).toEqual({
      seenAt: START + 23 * HOUR + 5 * MINUTE,
      believedAt: START + 23 * HOUR + 5 * MINUTE,
      doubtedMs: 0,
    })
  })

  test('follows in the end, not at once: Muster may have been off for a hundred days', () => {
    const found = nextClock(SURE, START + 100 * DAY)
    const afterADay = runFor(DAY + HOUR, found)
    const behind = afterADay.seenAt - afterADay.believedAt
    expect(behind).toBeGreaterThan(95 * DAY)
    expect(behind).toBeLessThan(100 * DAY)
    const inTheEnd = runFor(2.5 * DAY, found)
    expect(inTheEnd.believedAt).toBe(inTheEnd.seenAt)
    expect(inTheEnd.doubtedMs).toBe(0)
  })

  test('never goes faster than 73 times the clock, nor beyond it', () => {
    let clock = nextClock(SURE, START + 400 * DAY)
    for (let run = 0; run < 2_000; run++) {
      const next = nextClock(clock, clock.seenAt + 5 * MINUTE)
      expect(next.believedAt - clock.believedAt).toBeLessThanOrEqual(73 * 5 * MINUTE)
      expect(next.believedAt).toBeGreaterThan(clock.believedAt - 1)
      expect(next.believedAt).toBeLessThanOrEqual(next.seenAt)
      clock = next
    }
    expect(clock.believedAt).toBe(clock.seenAt)
  })

  test('catches up for who starts Muster for an afternoon a week', () => {
    let clock = SURE
    for (let week = 1; week <= 60; week++) {
      clock = runFor(4 * HOUR, nextClock(clock, START + week * 7 * DAY))
    }
    expect(clock.seenAt - clock.believedAt).toBeLessThan(45 * DAY)
  })

  test('is not moved on by starting Muster again and again', () => {
    let clock = nextClock(SURE, START + 91 * DAY)
    for (let start = 0; start < 1_000; start++) clock = nextClock(clock, clock.seenAt + 100)
    expect(clock.believedAt).toBe(START + 100 * 1_000)
  })
})

describe('The retention', () => {
  let log: TestLog
  beforeEach(async () => {
    log = await createTestLog()
  })
  afterEach(() => log.end())

  const run = () => {
    const { db } = log
    const limits = { days: 90, maxEvents: null }
    return new Retention({ db, writing: db, limits, pauseMs: 0 }).run()
  }
  const count = async (table: string) =>
    (await log.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n

  /** What a log and its keys look like to a clock that was set ahead by so many days since the last run. */
  async function writtenBefore(days: number): Promise<void> {
    await log.query(
      `INSERT INTO events (type, at) SELECT 'timed', now() - make_interval(days => $1)
         - make_interval(hours => 24 - n) FROM generate_series(1, 20) AS n`,
      [days],
    )
    await log.query(`INSERT INTO projects (key, slug, name) VALUES ('p', 'p', 'p')`)
    await log.query(
      `INSERT INTO report_keys (project_id, key, at)
       SELECT id, 'k', now() - make_interval(days => $1) FROM projects`,
      [days],
    )
  }

  test.each([['it ran before'], ['it never ran']])(
    'leaves the log and the keys to a clock that is 91 days ahead, where %s',
    async (before) => {
      await writtenBefore(91)
      if (before === 'it ran before') {
        await log.query(
          `INSERT INTO retention_clock (seen_at, believed_at)
           SELECT now() - interval '91 days', now() - interval '91 days'`,
        )
      }
      for (let runs = 0; runs < 3; runs++) expect(await run()).toMatchObject({ events: 0, keys: 0 })
      expect([await count('events'), await count('report_keys')]).toEqual([20, 1])
      // The reports of the time after the jump change nothing about that.
      await log.query(`INSERT INTO events (type) VALUES ('noted')`)
      expect(await run()).toMatchObject({ events: 0, keys: 0 })
    },
  )

  test('removes the old rows when Muster has run for a day by the new time', async () => {
    await writtenBefore(91)
    await run()
    // A day of running, and one run of catching up: 14 minutes are worth some 17 hours.
    await log.query(
      `UPDATE retention_clock SET seen_at = now() - interval '14 minutes',
         believed_at = now() - interval '2 days', doubted_ms = 86400000`,
    )
    const { events, clock } = await run()
    expect(events).toBeGreaterThan(0)
    expect(events).toBeLessThan(20)
    expect(clock?.believedAt).toBeLessThan(clock?.seenAt ?? 0)
    await log.query(
      `UPDATE retention_clock SET seen_at = now() - interval '14 minutes',
         believed_at = now() - interval '6 hours'`,
    )
    const last = await run()
    expect(last.clock?.believedAt).toBe(last.clock?.seenAt)
    expect([await count('events'), await count('report_keys')]).toEqual([0, 0])
  })
})
