import { randomInt } from 'node:crypto'
import type { Database } from '../db/connect'
import { BadInput } from '../log/bad-input'
import { TooManyRequests } from './errors'
import { libraryOn, PASSWORD_LENGTH } from './library'
import { Turns } from './turns'

/** Each takes a tenth of a second of a core, and 16 MiB: guessing must not stop everything else. */
const LIMITS = { atOnce: 2, waiting: 30 }
/** Without those that are read as one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Hashes and compares passwords, a few at a time. */
export class Passwords {
  private readonly turns = new Turns(LIMITS)
  /** What is compared with where there is no account, so that it takes as long. */
  private nobodys: Promise<string> | null = null

  constructor(
    private readonly db: Database,
    private readonly secret: string,
  ) {}

  /** Throws BadInput for what is no password. */
  async hash(password: string, field = 'password'): Promise<string> {
    const { min, max } = PASSWORD_LENGTH
    if ([...password].length < min || password.length > max) {
      throw new BadInput(field, `A password has ${min} to ${max} characters`)
    }
    return this.inTurn((library) => library.password.hash(password))
  }

  /** Takes the same time for the hash of nobody. Throws TooManyRequests when too many wait. */
  async isRight(password: string, hash: string | null): Promise<boolean> {
    const against = hash ?? (await this.hashOfNobody())
    // Longer ones are nobody's, and would only take longer.
    const given = password.slice(0, PASSWORD_LENGTH.max + 1)
    const isRight = await this.inTurn((library) =>
      library.password.verify({ hash: against, password: given }),
    )
    return isRight && hash !== null
  }

  private hashOfNobody(): Promise<string> {
    this.nobodys ??= this.inTurn((library) => library.password.hash(oneTimePassword())).catch(
      (error: unknown) => {
        this.nobodys = null
        throw error
      },
    )
    return this.nobodys
  }

  private async inTurn<T>(
    work: (library: Awaited<ReturnType<typeof libraryOn>>) => Promise<T>,
  ): Promise<T> {
    const library = await libraryOn(this.db, this.secret)
    const result = await this.turns.take(() => work(library))
    if (!result) throw new TooManyRequests('Too many log in at once; try again', 1)
    return result.done
  }
}

/** Easy to read out: 80 bits in four groups. */
export function oneTimePassword(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
