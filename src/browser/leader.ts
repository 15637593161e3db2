const LOCK = 'muster-attention'

/**
 * Makes one tab of the browser speak for all: the one that holds a lock, and when it goes, the next
 * in line. Where there are no locks, a tab speaks while it is visible.
 */
export class Leader {
  private wanted = false
  private holds = false
  private attempt: AbortController | null = null
  private letGo: () => void = nothing

  constructor(private readonly onElected: () => void) {
    // A page that holds a lock, or waits for one, could not be kept for "back".
    addEventListener('pagehide', () => this.leave())
    addEventListener('pageshow', (event) => {
      if (event.persisted && this.wanted) this.join()
    })
    document.addEventListener('visibilitychange', () => {
      if (!hasLocks() && this.isLeader) this.onElected()
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

  private join(): void {
    if (!hasLocks()) {
      if (this.isLeader) this.onElected()
      return
    }
    if (this.attempt) return
    const attempt = new AbortController()
    this.attempt = attempt
    navigator.locks
      .request(LOCK, { signal: attempt.signal }, () => this.lead(attempt))
      // Left the line; or this page may have no locks, and another tab speaks.
      .catch(nothing)
  }

  private lead(attempt: AbortController): Promise<void> {
    if (this.attempt !== attempt) return Promise.resolve()
    this.holds = true
    const isOver = new Promise<void>((resolve) => {
      this.letGo = resolve
    })
    this.onElected()
    return isOver
  }

  private leave(): void {
    this.holds = false
    this.attempt?.abort()
    this.attempt = null
    this.letGo()
    this.letGo = nothing
  }
}

function hasLocks(): boolean {
  return 'locks' in navigator
}

function nothing(): void {}
