import { randomInt } from 'node:crypto'
import { FairSemaphore } from '../concurrency/fair-semaphore'
import { BadInput, TooManyRequests } from '../errors/app-error'
import { hashPassword, verifyPassword } from './password-hash'

/** In characters. The maximum bounds the work of a comparison. */
const PASSWORD_LENGTH = { min: 12, max: 128 }

/**
 * Each takes a tenth of a second of a core, and 16 MiB: guessing must not stop everything else. A
 * network has a share of the permits of unknown devices, and known devices have permits of their own.
 */
const LIMITS = {
  stranger: { atOnce: 2, maxWaiting: 30, maxPerKey: 6 },
  known: { atOnce: 1, maxWaiting: 30, maxPerKey: 3 },
}
/** Without those that are read as one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Among whom a password is compared: known devices or strangers, and who shares their places. */
export interface Asker {
  readonly kind: 'known' | 'stranger'
  /** The device or the network; null: no limit. */
  readonly sharer: string | null
}

/** Hashes and compares passwords, a few at a time. */
export class Passwords {
  private refusals = 0
  private readonly refusal = () => {
    this.refusals++
    return new TooManyRequests('Too many log in at once; try again', 1)
  }
  private readonly permits = {
    stranger: new FairSemaphore({ ...LIMITS.stranger, refusal: this.refusal }),
    known: new FairSemaphore({ ...LIMITS.known, refusal: this.refusal }),
  }
  /** What is compared with where there is no account, so that it takes as long. */
  private dummyHash: Promise<string> | null = null

  /** How many comparisons were refused because too many waited, since the start. */
  get refused(): number {
    return this.refusals
  }

  /** Throws BadInput for what is no password. */
  async hash(password: string, field = 'password'): Promise<string> {
    const { min, max } = PASSWORD_LENGTH
    if ([...password].length < min || password.length > max) {
      throw new BadInput(field, `A password has ${min} to ${max} characters`)
    }
    return this.permits.known.run(null, () => hashPassword(password))
  }

  /**
   * Whether it is the password of the account that `find` finds, in the same time where it finds
   * none. It is looked up with a permit too, so that a refused request costs nothing. Throws TooManyRequests
   * when too many wait.
   */
  async compare<T extends { readonly hash: string | null }>(
    password: string,
    find: () => Promise<T | null>,
    asker: Asker,
  ): Promise<{ found: T | null; isRight: boolean }> {
    // No password is longer, and hashing one would only take longer.
    const given = password.slice(0, PASSWORD_LENGTH.max + 1)
    return this.permits[asker.kind].run(asker.sharer, async () => {
      const found = await find()
      this.dummyHash ??= hashPassword(oneTimePassword())
      const nobodys = await this.dummyHash
      const hash = found?.hash ?? null
      const isSame = await verifyPassword(given, hash ?? nobodys)
      return { found, isRight: isSame && hash !== null }
    })
  }
}

/** Easy to read out: 80 bits in four groups. */
export function oneTimePassword(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
