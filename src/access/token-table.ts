import { RateLimit } from './rate-limit'
import type { Rights } from './rights'

export interface HeldToken {
  readonly id: string
  readonly hash: string
  readonly rights: Rights
  /** Unix time in ms by this machine's clock; Infinity: never. */
  readonly expiresAt: number
  /** Unix time in ms; 0: never. */
  readonly lastUsedAt: number
}

/** A token that was ended elsewhere is believed for so long at most, whether or not the log is heard. */
const BELIEVED_MS = 2_000
/** Reads of the table for tokens that are not in it: of each network, and of all together. */
const LOOKS_PER_MINUTE = { network: 60, all: 1_200 }
const BURST = { network: 1, all: 20 }

/**
 * The valid tokens in memory, by their hashes. It is read again after a change in the log,
 * when a token in it is used and the last read is two seconds old, and for a token that is not in it
 * at most once a second for each network.
 */
export class TokenTable {
  private tokens: ReadonlyMap<string, HeldToken> = new Map()
  /** When the read began whose result is held, by the monotonic clock. */
  private readAt = Number.NEGATIVE_INFINITY
  /** Changes read from the log, and how many of them the held result has. */
  private changes = 1
  private changesRead = 0
  private running: Promise<void> | null = null
  private queued: Promise<void> | null = null
  private readonly looks = {
    network: new RateLimit(LOOKS_PER_MINUTE.network, Date.now, BURST.network),
    all: new RateLimit(LOOKS_PER_MINUTE.all, Date.now, BURST.all),
  }

  constructor(private readonly readAll: () => Promise<readonly HeldToken[]>) {}

  /** The token with this hash if it was valid within the last `believedMs`. */
  async find(hash: string, network: string, believedMs = BELIEVED_MS): Promise<HeldToken | null> {
    if (this.changesRead < this.changes) {
      await this.refresh()
      return this.get(hash)
    }
    const isOld = performance.now() - this.readAt > believedMs
    if (this.get(hash) ? isOld : this.mayLook(network)) await this.refresh()
    return this.get(hash)
  }

  /** What is held may be wrong: it is read again before it is believed. */
  markChanged(): void {
    this.changes++
  }

  /** Reads the table again, once for all callers that wait, in a read that begins after this call. */
  refresh(): Promise<void> {
    this.queued ??= this.readAfter(this.running)
    return this.queued
  }

  private async readAfter(earlier: Promise<void> | null): Promise<void> {
    await earlier?.catch(() => undefined)
    this.running = this.queued
    this.queued = null
    const { changes } = this
    const readAt = performance.now()
    const tokens = await this.readAll()
    this.tokens = new Map(tokens.map((token) => [token.hash, token]))
    this.readAt = readAt
    this.changesRead = changes
  }

  private get(hash: string): HeldToken | null {
    const token = this.tokens.get(hash)
    return token && token.expiresAt > Date.now() ? token : null
  }

  private mayLook(network: string): boolean {
    return this.looks.network.take(network) === 0 && this.looks.all.take('') === 0
  }
}
