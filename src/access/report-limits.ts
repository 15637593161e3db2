import type { Config } from '../config/load'
import { TooManyRequests } from '../errors/app-error'
import { RateLimit } from './rate-limit'

const NAMES = {
  events: 'events_per_minute',
  sessions: 'new_sessions_per_minute',
  projects: 'new_projects_per_minute',
} as const
type Counted = keyof typeof NAMES

interface Newcomers {
  readonly sessions: number
  readonly projects: number
}

interface Limit {
  readonly perMinute: number
  readonly rate: RateLimit
}

/**
 * How many events, new sessions and new projects one sender may report in a minute. A minute's worth
 * may come at once. A single request that has more than that is taken when nothing has been used up,
 * or it never could be, and its sender waits so much longer for the next one.
 */
export class ReportLimits {
  /** Requests that were refused since the start, by the name of the limit. */
  readonly refused = new Map<string, number>(Object.values(NAMES).map((name) => [name, 0]))
  private readonly limits: Readonly<Record<Counted, Limit | null>>

  constructor(limits: Config['limits'], now: () => number = Date.now) {
    const limitOf = (perMinute: number) =>
      perMinute === 0 ? null : { perMinute, rate: new RateLimit(perMinute, now) }
    this.limits = {
      events: limitOf(limits.eventsPerMinute),
      sessions: limitOf(limits.newSessionsPerMinute),
      projects: limitOf(limits.newProjectsPerMinute),
    }
  }

  /** Counts the events of one request before anything of it is stored. Throws TooManyRequests. */
  countEvents(sender: string, count: number): void {
    const refusal = this.refusal('events', sender, count)
    if (refusal) throw refusal
    this.limits.events?.rate.charge(sender, count)
  }

  /** What the sender may still bring that is new; it is counted when it is stored. */
  allowanceFor(sender: string) {
    const { sessions, projects } = this.limits
    return {
      sender,
      refuse: (wanted: Newcomers, pending: Newcomers): Error | null =>
        this.refusal('projects', sender, wanted.projects, pending.projects) ??
        this.refusal('sessions', sender, wanted.sessions, pending.sessions),
      charge: (registered: Newcomers): void => {
        sessions?.rate.charge(sender, registered.sessions)
        projects?.rate.charge(sender, registered.projects)
      },
    }
  }

  private refusal(counted: Counted, sender: string, count: number, pending = 0): Error | null {
    const limit = this.limits[counted]
    if (!limit || count === 0) return null
    const waitMs = limit.rate.waitMs(sender, count, pending)
    if (waitMs === 0) return null
    const name = NAMES[counted]
    this.refused.set(name, (this.refused.get(name) ?? 0) + 1)
    const seconds = Math.ceil(waitMs / 1_000)
    const what = counted === 'events' ? 'events' : `new ${counted}`
    return new TooManyRequests(
      `Too many ${what} were reported: limits.${name} is ${limit.perMinute}; wait ${seconds} s`,
      seconds,
      name,
    )
  }
}
