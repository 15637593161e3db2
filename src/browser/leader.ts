interface LeaderOptions {
  /** Tabs of one name elect one leader. */
  readonly lock: string
  onElected(): void
  onDeposed?(): void
}

/**
 * Makes one tab of the browser act for all: the one that holds a lock, and when it goes, the next in
 * line. Where there are no locks, a tab acts while it is visible.
 */
export class Leader {
  private wanted = false
  private holds = false
  private attempt: AbortController | null = null
  private letGo: () => void = nothing

  constructor(private readonly options: LeaderOptions) {
    // A page that holds a lock, or waits for one, could not be kept for "back"; one that is frozen
    // would keep the lock and do nothing.
    addEventListener('pagehide', () => this.leave())
    document.addEventListener('freeze', () => this.leave())
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.join()
    })
    document.addEventListener('resume', () => this.join())
    document.addEventListener('visibilitychange', () => {
      if (!hasLocks() && this.isLeader) this.options.onElected()
    })
  }

  get isLeader(): boolean {
    return hasLocks() ? this.holds : this.wanted && !document.hidden
  }

  /** From now on this tab is in line. */
  start(): void {
    if (this.wanted) return
    this.wanted = true
    this.join()
  }

  /** Takes the lock from the tab that holds it, and from all that wait. */
  seize(): void {
    if (this.holds || !hasLocks()) return
    this.wanted = true
    this.attempt?.abort()
    this.request({ steal: true })
  }

  stop(): void {
    this.wanted = false
    this.leave()
  }

  private join(): void {
    if (!this.wanted || this.attempt) return
    if (hasLocks()) this.request({})
    else if (this.isLeader) this.options.onElected()
  }

  private request(how: { steal?: true }): void {
    const attempt = new AbortController()
    this.attempt = attempt
    // A request that steals cannot be aborted.
    const options = how.steal ? how : { signal: attempt.signal }
    navigator.locks
      .request(this.options.lock, options, () => this.lead(attempt))
      // Left the line, or was robbed; or this page may have no locks, and another tab acts.
      .catch(() => this.lose(attempt))
  }

  private lead(attempt: AbortController): Promise<void> {
    if (this.attempt !== attempt) return Promise.resolve()
    this.holds = true
    const isOver = new Promise<void>((resolve) => {
      this.letGo = resolve
    })
    this.options.onElected()
    return isOver
  }

  /** Another tab has taken the lock: back into the line. */
  private lose(attempt: AbortController): void {
    if (this.attempt !== attempt || !this.holds) return
    this.leave()
    this.join()
  }

  private leave(): void {
    const { holds } = this
    this.holds = false
    this.attempt?.abort()
    this.attempt = null
    this.letGo()
    this.letGo = nothing
    if (holds) this.options.onDeposed?.()
  }
}

export function hasLocks(): boolean {
  return 'locks' in navigator
}

function nothing(): void {}
