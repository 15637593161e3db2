import type { Database } from '../db/connect'
import { BadInput } from '../log/bad-input'
import { noteAccess } from './access-log'
import { Guesses } from './guesses'
import type { Passwords } from './passwords'
import type { People } from './people'
import { actorOf, type Person, TOKEN_USER } from './person'
import { RateLimit } from './rate-limit'
import { isSameSecret } from './secret'
import type { Sessions } from './sessions'

export type LogInOutcome =
  /** `value` is that of the cookie. */
  | { readonly kind: 'in'; readonly value: string }
  | { readonly kind: 'wrong' }
  /** The password is right, and was set by somebody else: another has to be chosen with it. */
  | { readonly kind: 'choose'; readonly fault: string | null }

/** Of all networks together, and of each: guessing must not fill the log. */
const FAILURES_NOTED = { all: 20, network: 1 }

interface Parts {
  readonly db: Database
  readonly token: string | null
  readonly people: People
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly guesses: Guesses
  readonly perMinute: number
}

/** How a browser gets in: with the MUSTER_TOKEN, or with a name and a password. */
export class LogIns {
  private readonly byAccount: Guesses
  private readonly failures = {
    all: new RateLimit(FAILURES_NOTED.all),
    network: new RateLimit(FAILURES_NOTED.network),
  }

  constructor(private readonly parts: Parts) {
    this.byAccount = new Guesses(
      parts.perMinute,
      'Too many wrong passwords were tried on this account',
    )
  }

  /** Whether a text is the MUSTER_TOKEN. */
  isMusterToken(given: string): boolean {
    const { token } = this.parts
    return token !== null && isSameSecret(given, token)
  }

  /** Throws TooManyRequests. */
  async withToken(token: string, network: string): Promise<LogInOutcome> {
    const { guesses, sessions } = this.parts
    const isRight = this.isMusterToken(token)
    if (!isRight) await this.noteFailure(network, null)
    guesses.count(network, token, isRight)
    if (!isRight) return { kind: 'wrong' }
    return { kind: 'in', value: await sessions.open({ id: TOKEN_USER, name: '' }, network) }
  }

  /**
   * Neither the answer nor its time says whether there is such an account. With a one-time password,
   * `newPassword` takes its place. Throws TooManyRequests.
   */
  async withPassword(
    given: { login: string; password: string; newPassword: string | null },
    network: string,
  ): Promise<LogInOutcome> {
    const { sessions } = this.parts
    const person = await this.check(given, network)
    if (!person) return { kind: 'wrong' }
    if (person.passwordIsTemporary) {
      const fault = await this.choose(person, given)
      if (fault !== undefined) return { kind: 'choose', fault }
    }
    return { kind: 'in', value: await sessions.open(person, network) }
  }

  /** Changes the password of who has logged in; every other log-in ends. Throws BadInput. */
  async changePassword(
    person: Person,
    given: { current: string; password: string },
    from: { network: string; keptToken: string },
  ): Promise<void> {
    const { current, password } = given
    const found = await this.check({ login: person.email, password: current }, from.network)
    if (!found) throw new BadInput('current_password', 'That is not your password')
    await this.parts.people.setOwnPassword(
      { id: person.id, password, keptToken: from.keptToken },
      actorOf(person.id),
    )
  }

  private async check(
    { login, password }: { login: string; password: string },
    network: string,
  ): Promise<Person | null> {
    const { people, passwords, guesses } = this.parts
    const account = login.trim().toLowerCase().slice(0, 256)
    // Before the work: whoever guesses must not keep the processor busy.
    guesses.requireUnlocked(network)
    this.byAccount.requireUnlocked(account)
    const found = await people.findByLogin(account)
    const isRight = await passwords.isRight(password, found?.hash ?? null)
    const person = found && isRight && !found.person.isDisabled ? found.person : null
    if (!person) await this.noteFailure(network, found?.person ?? null)
    guesses.count(network, `${account}\n${password}`, person !== null)
    this.byAccount.count(account, password, person !== null)
    return person
  }

  /** Undefined when it is done; else what was wrong with the choice, or null if there was none. */
  private async choose(
    { id }: Person,
    { password, newPassword }: { password: string; newPassword: string | null },
  ): Promise<string | null | undefined> {
    if (newPassword === null) return null
    if (newPassword === password) return 'Choose another one than the one-time password'
    try {
      await this.parts.people.setOwnPassword(
        { id, password: newPassword, keptToken: null },
        actorOf(id),
      )
    } catch (error) {
      if (error instanceof BadInput) return error.message
      throw error
    }
  }

  /** What was typed is not noted: it may be a password in the wrong field. */
  private async noteFailure(network: string, person: Person | null): Promise<void> {
    if (this.failures.network.take(network) > 0 || this.failures.all.take('') > 0) return
    const whose = person ? ` as ${person.name}` : ''
    await this.parts.db.transaction().execute((trx) =>
      noteAccess(trx, {
        event: 'login_failed',
        actor: 'anybody',
        target: person && { type: 'user', id: person.id },
        summary: `Somebody at ${network} failed to log in${whose}`,
        data: { network },
      }),
    )
  }
}
