import { TooManyRequests } from './errors'
import { keyedHash, newSecret } from './secret'
import { WrongTokens } from './wrong-tokens'

/** Counts wrong tokens and passwords of a network, or those that are tried on one account. */
export class Guesses {
  private readonly wrong: WrongTokens
  /** No memory holds what was guessed. */
  private readonly key = newSecret()

  constructor(
    perMinute: number,
    private readonly complaint: string,
  ) {
    this.wrong = new WrongTokens(perMinute)
  }

  /** Throws TooManyRequests while not even what is right is heard from there. */
  requireUnlocked(from: string): void {
    this.refuse(this.wrong.lockedFor(from))
  }

  /** Throws TooManyRequests. Who has tried many different ones is not told of a hit either. */
  count(from: string, guess: string, isRight: boolean): void {
    if (isRight) this.requireUnlocked(from)
    else this.refuse(this.wrong.add(from, keyedHash(this.key, guess)))
  }

  private refuse(waitMs: number): void {
    if (waitMs > 0) throw tooMany(this.complaint, waitMs)
  }
}

export function tooMany(what: string, waitMs: number): TooManyRequests {
  const seconds = Math.ceil(waitMs / 1_000)
  return new TooManyRequests(`${what}; wait ${seconds} s`, seconds)
}
