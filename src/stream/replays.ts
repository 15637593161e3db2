import { FairSemaphore } from '../concurrency/fair-semaphore'
import type { EventFilter } from '../filter/filter'
import { filterKey } from '../filter/select'
import type { EventRow } from '../log/event-row'
import type { LogSource } from './log-source'

/** Replays read the database; what pages and reports need must not wait behind them. */
export const REPLAYS_AT_ONCE = 3

interface ReplayPage {
  readonly rows: readonly EventRow[]
  /** Everything up to this id has been removed, or never was. */
  readonly trimmedThrough: number
  /** How far the log has been read for it. */
  readonly through: number
}

interface WantedPage {
  readonly visitor: string
  readonly cursor: number
  readonly limit: number
  readonly filter: EventFilter
  /** Whether the page is still wanted when its turn comes. */
  readonly isWanted: () => boolean
}

interface Queued {
  readonly page: Promise<ReplayPage | null>
  readonly wanted: (() => boolean)[]
}

/** Pages of the stored log, a few at a time; equal ones that are wanted at once are read once. */
export class Replays {
  private readonly queued = new Map<string, Queued>()
  private readonly running = new Map<string, Promise<ReplayPage>>()

  constructor(
    private readonly source: LogSource,
    private readonly permits = new FairSemaphore({ atOnce: REPLAYS_AT_ONCE }),
  ) {}

  /** Null where the page was no longer wanted when its turn came. */
  read(wanted: WantedPage): Promise<ReplayPage | null> {
    const key = `${wanted.cursor} ${wanted.limit} ${filterKey(wanted.filter)}`
    const running = this.running.get(key)
    if (running) return running
    // Not with another visitor's: that one's line may be long.
    const place = `${wanted.visitor} ${key}`
    const queued = this.queued.get(place)
    if (queued) {
      queued.wanted.push(wanted.isWanted)
      return queued.page
    }
    return this.queue(place, key, wanted)
  }

  private queue(place: string, key: string, first: WantedPage): Promise<ReplayPage | null> {
    const wanted = [first.isWanted]
    const page = this.permits.run(first.visitor, async () => {
      this.queued.delete(place)
      if (!wanted.some((isWanted) => isWanted())) return null
      return this.running.get(key) ?? this.run(key, first)
    })
    // A turn that is free is taken at once.
    if (this.running.has(key)) return page
    const queued = { wanted, page }
    this.queued.set(place, queued)
    const forget = () => {
      if (this.queued.get(place) === queued) this.queued.delete(place)
    }
    page.then(forget, forget)
    return page
  }

  private run(key: string, { cursor, limit, filter }: WantedPage): Promise<ReplayPage> {
    const through = this.source.head
    const read = this.source.storedAfter(cursor, { through, limit, filter })
    const page = read.then((found) => ({ ...found, through }))
    this.running.set(key, page)
    const forget = () => this.running.delete(key)
    page.then(forget, forget)
    return page
  }
}
