import { expect, test } from 'vitest'
import { loadConfig } from '../config/load'
import { TooManyRequests } from '../errors/app-error'
import { ReportLimits } from './report-limits'

const NOTHING = { sessions: 0, projects: 0 }

function open(env: Record<string, string>) {
  const clock = { now: 0 }
  return { clock, limits: new ReportLimits(loadConfig(env).limits, () => clock.now) }
}

function refusalOf(work: () => unknown): TooManyRequests | null {
  try {
    const refusal = work()
    return refusal instanceof TooManyRequests ? refusal : null
  } catch (error) {
    return error as TooManyRequests
  }
}

test('a minute’s worth of events may come at once, and flows back', () => {
  const { clock, limits } = open({ MUSTER_EVENTS_PER_MINUTE: '60' })
  limits.countEvents('a', 50)
  const refusal = refusalOf(() => limits.countEvents('a', 20))
  expect(refusal).toMatchObject({ details: { limit: 'events_per_minute' }, retryAfter: 10 })
  expect(refusal?.message).toContain('limits.events_per_minute is 60')
  limits.countEvents('a', 10)
  limits.countEvents('b', 60)
  clock.now += 20_000
  limits.countEvents('a', 20)
  expect(limits.refused.get('events_per_minute')).toBe(1)
})

test('a request with more than a minute’s worth is taken once all is there, and paid for', () => {
  const { clock, limits } = open({ MUSTER_EVENTS_PER_MINUTE: '60' })
  limits.countEvents('a', 180)
  expect(refusalOf(() => limits.countEvents('a', 1))?.retryAfter).toBe(121)
  clock.now += 121_000
  limits.countEvents('a', 1)
  expect(refusalOf(() => limits.countEvents('a', 180))?.retryAfter).toBe(60)
  clock.now += 60_000
  limits.countEvents('a', 180)
})

test('what is about to be stored counts with what is, and neither against others', () => {
  const { limits } = open({ MUSTER_NEW_SESSIONS_PER_MINUTE: '10' })
  const allowance = limits.allowanceFor('a')
  const eight = { sessions: 8, projects: 0 }
  expect(allowance.refuse(eight, NOTHING)).toBeNull()
  expect(allowance.refuse(eight, { sessions: 3, projects: 0 })).toMatchObject({
    details: { limit: 'new_sessions_per_minute' },
  })
  allowance.charge(eight)
  expect(allowance.refuse({ sessions: 3, projects: 0 }, NOTHING)).toBeInstanceOf(TooManyRequests)
  expect(allowance.refuse({ sessions: 0, projects: 600 }, NOTHING)).toBeNull()
  expect(limits.allowanceFor('b').refuse(eight, NOTHING)).toBeNull()
})

test('0 switches a limit off, and no other', () => {
  const { limits } = open({ MUSTER_EVENTS_PER_MINUTE: '0', MUSTER_NEW_SESSIONS_PER_MINUTE: '0' })
  limits.countEvents('a', 1e9)
  limits.countEvents('a', 1e9)
  const { refuse, charge } = limits.allowanceFor('a')
  charge({ sessions: 1e9, projects: 600 })
  expect(refuse({ sessions: 1e9, projects: 0 }, NOTHING)).toBeNull()
  expect(refuse({ sessions: 0, projects: 1 }, NOTHING)).toMatchObject({
    details: { limit: 'new_projects_per_minute' },
  })
})
