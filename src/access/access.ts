import type { IncomingMessage } from 'node:http'
import type { Config } from '../config/load'
import type { Database } from '../db/connect'
import { Forbidden, Unauthorized } from '../errors/app-error'
import type { EventRow } from '../log/event-row'
import { AccessWatch } from './access-watch'
import { authSecret } from './auth-secret'
import { clearSessionCookie, sessionCookies, setSessionCookie } from './cookie'
import { type DeviceCookie, deviceCookies, setDeviceCookie } from './devices'
import { allowsOf, LOCAL_GRANT_ID, sessionGrantId, tokenGrantId } from './grant'
import { readGrants } from './grants'
import { LoginThrottle, tooMany } from './login-throttle'
import { type LoginOrigin, Logins } from './logins'
import { Passwords } from './passwords'
import { type Peer, Peers, textOf } from './peer'
import { People } from './people'
import { RateLimit } from './rate-limit'
import { ReportLimits } from './report-limits'
import { ALL_RIGHTS, NO_RIGHTS, type Right } from './rights'
import { type LoginSession, SESSION_SECONDS, Sessions } from './sessions'
import { looksLikeToken, Tokens } from './tokens'
import type { Visitor } from './visitor'

/** What a route requires of its visitor; each route says it where it is registered. */
export type AccessPolicy =
  /** Nothing. */
  | 'public'
  /** A token or a cookie, with the right to read. */
  | 'read'
  /** A token with the right to report; and no more reports than one address may send in a minute. */
  | 'report'
  /** The cookie, and the right to read: a page's own form about what is one's own. */
  | 'form'
  /** A token or a cookie, with the rights to read and to report: it changes what others see too. */
  | 'act'
  /** An administrator. */
  | 'admin'

const NEEDED: Readonly<Record<Exclude<AccessPolicy, 'public'>, readonly Right[]>> = {
  read: ['read'],
  report: ['report'],
  form: ['read'],
  act: ['read', 'report'],
  admin: ['admin'],
}

const ANYBODY: Visitor = { kind: 'anybody', actor: 'anybody', rights: NO_RIGHTS, grant: null }
const LOCAL_GRANT = {
  id: LOCAL_GRANT_ID,
  allows: allowsOf(ALL_RIGHTS),
  expiresAt: Number.POSITIVE_INFINITY,
}
const KNOWS_TOKEN: Visitor = { kind: 'program', actor: 'token', rights: ALL_RIGHTS, grant: null }

const BEARER = 'Authorization: Bearer <token>'

/** Who may do what. Without a token and accounts Muster serves this machine only, without authentication. */
export class Access {
  readonly tokens: Tokens
  readonly people: People
  readonly sessions: Sessions
  readonly logins: Logins
  /** One token opens everything to who knows it. */
  readonly hasMusterToken: boolean
  /** Ends what is open under a grant that has ended. */
  readonly watch: AccessWatch
  private readonly peers: Peers
  /** How much one sender may report. */
  readonly reportLimits: ReportLimits
  private readonly reports: RateLimit
  private readonly passwords: Passwords
  private readonly wrongTokens: LoginThrottle

  private constructor(config: Config, db: Database, secret: string) {
    const { token, limits } = config
    const perMinute = limits.wrongTokensPerMinute
    this.hasMusterToken = token !== null
    this.watch = new AccessWatch((ids) => readGrants(db, ids))
    this.peers = new Peers(config)
    this.reports = new RateLimit(limits.reportsPerMinute)
    this.reportLimits = new ReportLimits(limits)
    this.wrongTokens = new LoginThrottle(perMinute, 'Too many wrong tokens came from your address')
    const passwords = new Passwords()
    this.passwords = passwords
    this.tokens = new Tokens(db)
    this.people = new People(db, passwords)
    this.sessions = new Sessions(db, secret, token)
    const { people, sessions, wrongTokens } = this
    const parts = { db, secret, token, people, passwords, sessions, wrongTokens, perMinute }
    this.logins = new Logins(parts)
  }

  static async open(config: Config, db: Database): Promise<Access> {
    const access = new Access(config, db, await authSecret(config, db))
    await access.watch.check()
    await access.tokens.load()
    return access
  }

  /** Every visitor is taken for the person at the machine. */
  get isOpen(): boolean {
    return !this.hasMusterToken && !this.watch.hasPeople
  }

  /** What guessing there was since the start, and what has to wait now, by kind. */
  get guessing() {
    const token = this.wrongTokens.counters
    const { wrong, refused, slowed } = this.logins.guessing.counters
    return {
      wrong: { token: token.wrong, password: wrong },
      refused: { token: token.refused, ...refused, busy: this.passwords.refused },
      slowed: { token: token.slowed, password: slowed },
    }
  }

  /** Takes rows that the tail has read: any process may have changed tokens, accounts or rights. */
  deliver(rows: readonly EventRow[]): void {
    this.tokens.deliver(rows)
    this.watch.deliver(rows)
  }

  /** Rows were removed before the tail had read them. */
  invalidate(): void {
    this.tokens.invalidate()
    this.watch.invalidate()
  }

  peerOf(incoming: IncomingMessage): Peer {
    return this.peers.of(incoming)
  }

  /** Throws Unauthorized, Forbidden or TooManyRequests. */
  async admit(rule: AccessPolicy, incoming: IncomingMessage): Promise<Visitor> {
    if (rule === 'public') return ANYBODY
    const visitor = await this.identify(incoming, rule)
    requireRights(visitor, rule)
    if (rule === 'report') this.countReport(incoming)
    return visitor
  }

  /** For whom reports are counted: the token that they come with, or else the address. */
  senderOf({ kind, actor }: Visitor, incoming: IncomingMessage): string {
    return kind === 'program' ? actor : this.peerOf(incoming).network
  }

  /** What makes a browser that has logged in known again. */
  cookieFor(value: string, incoming: IncomingMessage): string {
    return setSessionCookie(value, SESSION_SECONDS, this.peerOf(incoming).isSecure)
  }

  /** What makes a browser known to have logged in to an account. */
  deviceCookieFor(device: DeviceCookie, incoming: IncomingMessage): string {
    return setDeviceCookie(device, this.peerOf(incoming).isSecure)
  }

  /** Where a password comes from that a browser sends. */
  placeOf(incoming: IncomingMessage): LoginOrigin {
    const { network, isSecure } = this.peerOf(incoming)
    return { network, devices: deviceCookies(incoming.headers.cookie ?? '', isSecure) }
  }

  /** Ends a session, and returns what takes its cookie away. */
  async logOut(session: LoginSession, incoming: IncomingMessage): Promise<string> {
    await this.sessions.end(session)
    return clearSessionCookie(this.peerOf(incoming).isSecure)
  }

  private async identify(incoming: IncomingMessage, rule: AccessPolicy): Promise<Visitor> {
    const { version } = this.watch
    const bearer = bearerOf(incoming)
    // What is meant to be one of our tokens has its rights and no others, wherever it is shown.
    if (bearer !== '' && rule !== 'form' && (!this.isOpen || looksLikeToken(bearer))) {
      return this.identifyProgram(bearer, incoming, rule)
    }
    if (this.isOpen) {
      const grant = { ...LOCAL_GRANT, version }
      return { kind: 'local', actor: 'local', rights: ALL_RIGHTS, grant }
    }
    // A program's report never counts on a cookie, or another site's page could send one.
    if (rule === 'report') throw new Unauthorized(`This Muster wants a token: ${BEARER}`)
    const { isSecure } = this.peerOf(incoming)
    const found = await this.sessions.find(sessionCookies(incoming, isSecure))
    if (!found) {
      throw new Unauthorized(
        `This Muster wants a token: ${BEARER}, or a browser that has logged in`,
      )
    }
    const { session, rights } = found
    const { id, expiresAt } = session
    const grant = { id: sessionGrantId(id), allows: allowsOf(rights), expiresAt, version }
    return { kind: 'person', ...found, grant }
  }

  private async identifyProgram(
    bearer: string,
    incoming: IncomingMessage,
    rule: AccessPolicy,
  ): Promise<Visitor> {
    const { version } = this.watch
    // A right token is accepted, however many wrong ones came from the same network.
    if (this.logins.isMusterToken(bearer)) return KNOWS_TOKEN
    const { network } = this.peerOf(incoming)
    const find = rule === 'report' ? 'findLately' : 'find'
    const found = await this.tokens[find](bearer, network)
    if (!found) {
      this.wrongTokens.add(network, bearer)
      throw new Unauthorized('This is no token of this Muster, or it is not valid any more')
    }
    const { id, rights, expiresAt } = found
    const grant = { id: tokenGrantId(id), allows: allowsOf(rights), expiresAt, version }
    return { kind: 'program', actor: grant.id, rights, grant }
  }

  private countReport(incoming: IncomingMessage): void {
    const waitMs = this.reports.take(this.peerOf(incoming).network)
    if (waitMs > 0) throw tooMany('Too many reports came from your address', waitMs)
  }
}

function requireRights({ rights, kind }: Visitor, rule: Exclude<AccessPolicy, 'public'>): void {
  const missing = NEEDED[rule].find((right) => !rights.may.includes(right))
  if (missing === undefined) return
  const who = kind === 'program' ? 'This token' : 'Your account'
  throw new Forbidden(`${who} does not have the right “${missing}”`)
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^bearer +(\S.*)$/i.exec(textOf(headers.authorization).trim())?.[1]?.trim() ?? ''
}
