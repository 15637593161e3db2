import { TooManyRequests } from '../errors/app-error'
import { FailedTokens } from './failed-tokens'
import { keyedHash, newSecret } from './secret'

/** Refuses further guesses of tokens or passwords, by the network that they come from or the account that they are for. */
export class LoginThrottle {
  private readonly wrong: FailedTokens
  /** No memory holds what was guessed. */
  private readonly key = newSecret()
  private readonly counts = { wrong: 0, refused: 0 }

  constructor(
    perMinute: number,
    private readonly complaint: string,
  ) {
    this.wrong = new FailedTokens(perMinute)
  }

  /** Since the start, but `slowed`: how many have to wait now. */
  get counters() {
    return { ...this.counts, slowed: this.wrong.countLocked() }
  }

  isLocked(from: string): boolean {
    return this.wrong.lockedFor(from) > 0
  }

  /**
   * To be called before a guess is checked that takes work, or whose success must not show. Throws
   * TooManyRequests after too many different ones, and for one that was wrong within this minute and
   * comes again too often.
   */
  requireUnlocked(from: string, guess: string): void {
    this.refuse(this.wrong.refusedFor(from, keyedHash(this.key, guess)))
  }

  /** Counts a wrong one, whose answer says only that. */
  note(from: string, guess: string): void {
    this.counts.wrong++
    this.wrong.add(from, keyedHash(this.key, guess))
  }

  /** Counts a wrong one. Throws TooManyRequests. */
  add(from: string, guess: string): void {
    this.counts.wrong++
    this.refuse(this.wrong.add(from, keyedHash(this.key, guess)))
  }

  private refuse(waitMs: number): void {
    if (waitMs <= 0) return
    this.counts.refused++
    throw tooMany(this.complaint, waitMs)
  }
}

export function tooMany(what: string, waitMs: number): TooManyRequests {
  const seconds = Math.ceil(waitMs / 1_000)
  return new TooManyRequests(`${what}; wait ${seconds} s`, seconds)
}
