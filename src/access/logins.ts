import type { Database } from '../db/connect'
import { BadInput } from '../errors/app-error'
import { logAudit } from './access-log'
import { type DeviceCookie, Devices } from './devices'
import type { LoginThrottle } from './login-throttle'
import { PasswordGuessing } from './password-guessing'
import type { Passwords } from './passwords'
import type { People } from './people'
import { actorOf, type Person, TOKEN_USER } from './person'
import { RateLimit } from './rate-limit'
import { isSameSecret } from './secret'
import type { Sessions } from './sessions'

export type LoginOutcome =
  /** `value` is that of the login's cookie, `device` the one by which the browser is known later. */
  | { readonly kind: 'in'; readonly value: string; readonly device: DeviceCookie | null }
  | { readonly kind: 'wrong' }
  /** The password is right, and was set by another person: another has to be chosen with it. */
  | { readonly kind: 'choose'; readonly fault: string | null }

/** Where a password comes from. */
export interface LoginOrigin {
  readonly network: string
  /** Those that the browser shows. */
  readonly devices: readonly DeviceCookie[]
}

/** Of all networks together, and of each: guessing must not fill the log. */
const FAILURES_NOTED = { all: 20, network: 1 }

interface Parts {
  readonly db: Database
  readonly secret: string
  readonly token: string | null
  readonly people: People
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly wrongTokens: LoginThrottle
  readonly perMinute: number
}

/** How a browser gets in: with the MUSTER_TOKEN, or with a name and a password. */
export class Logins {
  readonly guessing: PasswordGuessing
  private readonly devices: Devices
  private readonly failures = {
    all: new RateLimit(FAILURES_NOTED.all),
    network: new RateLimit(FAILURES_NOTED.network),
  }

  constructor(private readonly parts: Parts) {
    this.devices = new Devices(parts.secret)
    this.guessing = new PasswordGuessing(parts.perMinute)
  }

  /** Whether a text is the MUSTER_TOKEN. */
  isMusterToken(given: string): boolean {
    const { token } = this.parts
    return token !== null && isSameSecret(given, token)
  }

  /** The right one is always taken. Throws TooManyRequests for a wrong one. */
  async withToken(token: string, network: string): Promise<LoginOutcome> {
    const { wrongTokens, sessions } = this.parts
    if (!this.isMusterToken(token)) {
      await this.noteFailure(network, null)
      wrongTokens.add(network, token)
      return { kind: 'wrong' }
    }
    const value = await sessions.open({ id: TOKEN_USER, name: '' }, network)
    return { kind: 'in', value, device: null }
  }

  /**
   * Neither the answer nor its time says whether there is such an account. With a one-time password,
   * `newPassword` takes its place. Throws TooManyRequests.
   */
  async withPassword(
    given: { login: string; password: string; newPassword: string | null },
    place: LoginOrigin,
  ): Promise<LoginOutcome> {
    const { sessions } = this.parts
    const person = await this.check(given, place, null)
    if (!person) return { kind: 'wrong' }
    if (person.passwordIsTemporary) {
      const fault = await this.choose(person, given)
      if (fault !== undefined) return { kind: 'choose', fault }
    }
    const device = await this.newDevice(person)
    return { kind: 'in', value: await sessions.open(person, place.network), device }
  }

  /**
   * Changes the password of a logged-in person; every other login session ends, and no device is
   * known any more but the one whose cookie is returned. Throws BadInput.
   */
  async changePassword(
    person: Person,
    given: { current: string; password: string },
    from: { network: string; keptToken: string },
  ): Promise<DeviceCookie | null> {
    const { current, password } = given
    const place = { network: from.network, devices: [] }
    const found = await this.check(
      { login: person.email, password: current },
      place,
      // A login session identifies the person.
      `session ${from.keptToken}`,
    )
    if (!found) throw new BadInput('current_password', 'That is not your password')
    await this.parts.people.setOwnPassword(
      { id: person.id, password, keptToken: from.keptToken },
      actorOf(person.id),
    )
    return this.newDevice(person)
  }

  private async check(
    { login, password }: { login: string; password: string },
    { network, devices }: LoginOrigin,
    knownAs: string | null,
  ): Promise<Person | null> {
    const { people, passwords } = this.parts
    const account = login.trim().toLowerCase().slice(0, 256)
    const lookUp = () => people.findByLogin(account)
    // A request without a device cookie is refused before anything is looked up for it.
    const early = devices.length > 0 ? await lookUp() : undefined
    const device = knownAs ?? this.deviceOf(early ?? null, devices)
    const guess = { account, password, network, device }
    // Before the work: guesses must not keep the processor busy.
    const asker = this.guessing.admit(guess)
    // Once for each, whether or not there is such an account: the time must not tell.
    const find = async () => (early === undefined ? lookUp() : early)
    const { found, isRight } = await passwords.compare(password, find, asker)
    if (found && isRight && !found.person.isDisabled) return found.person
    await this.noteFailure(network, found?.person ?? null)
    this.guessing.addWrong(guess, asker)
    return null
  }

  private deviceOf(
    found: { person: Person; hash: string | null } | null,
    cookies: readonly DeviceCookie[],
  ): string | null {
    const id = this.devices.find(cookies, { id: found?.person.id ?? '', hash: found?.hash ?? '' })
    return found === null || found.hash === null ? null : id
  }

  /** For the password as it is now. */
  private async newDevice({ id, email }: Person): Promise<DeviceCookie | null> {
    const found = await this.parts.people.findByLogin(email)
    if (found?.person.id !== id || found.hash === null) return null
    return this.devices.issue({ id, hash: found.hash })
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
      logAudit(trx, {
        event: 'login_failed',
        actor: 'anybody',
        target: person && { type: 'user', id: person.id },
        summary: `Somebody at ${network} failed to log in${whose}`,
        data: { network },
      }),
    )
  }
}
