import type { IncomingMessage } from 'node:http'
import type { Config } from '../config/load'
import type { Database } from '../db/connect'
import { clearSessionCookie, sessionCookies, setSessionCookie } from './cookie'
import { TooManyRequests, Unauthorized } from './errors'
import { type Peer, Peers, textOf } from './peer'
import { RateLimit } from './rate-limit'
import { isSameSecret, keyedHash } from './secret'
import { SESSION_SECONDS, type Session, Sessions } from './sessions'
import { ALL_RIGHTS, NO_RIGHTS, type Visitor } from './visitor'
import { WrongTokens } from './wrong-tokens'

/** What a route asks of who wants it; each route says it where it is registered. */
export type Rule =
  /** Nothing. */
  | 'public'
  /** The token, or the cookie of somebody who has shown it. */
  | 'read'
  /** The token; and no more reports than one address may send in a minute. */
  | 'report'
  /** The cookie: a page's own form, which changes something. */
  | 'form'
  /** Either of the two: what programs and people both do to what they see. */
  | 'act'
  /** Whoever decides about others. */
  | 'admin'

/** Who may do what. One token opens everything; without one Muster serves this machine only. */
export class Access {
  /** Null where no token is set. */
  readonly sessions: Sessions | null
  private readonly token: string | null
  private readonly peers: Peers
  private readonly reports: RateLimit
  private readonly wrongTokens: WrongTokens

  constructor(config: Config, db: Database) {
    this.token = config.token
    this.sessions = config.token === null ? null : new Sessions(db, config.token)
    this.peers = new Peers(config)
    this.reports = new RateLimit(config.limits.reportsPerMinute)
    this.wrongTokens = new WrongTokens(config.limits.wrongTokensPerMinute)
  }

  peerOf(incoming: IncomingMessage): Peer {
    return this.peers.of(incoming)
  }

  /** Throws Unauthorized, or TooManyRequests. */
  async admit(rule: Rule, incoming: IncomingMessage): Promise<Visitor> {
    if (rule === 'public') return { kind: 'anybody', actor: 'anybody', rights: NO_RIGHTS }
    const visitor = await this.identify(incoming, rule)
    if (rule === 'report') this.countReport(incoming)
    return visitor
  }

  /** Whether the request shows the token. Throws TooManyRequests. */
  showsToken(incoming: IncomingMessage): boolean {
    const token = bearerOf(incoming)
    return token !== '' && this.isRightToken(token, incoming)
  }

  /** Opens a session for who knows the token; returns its cookie, or null. Throws TooManyRequests. */
  async logIn(token: string, incoming: IncomingMessage): Promise<string | null> {
    if (this.sessions === null || !this.isRightToken(token, incoming)) return null
    const value = await this.sessions.open()
    return setSessionCookie(value, SESSION_SECONDS, this.peerOf(incoming).isSecure)
  }

  /** Ends a session, and returns what takes its cookie away. */
  async logOut(session: Session, incoming: IncomingMessage): Promise<string> {
    await this.sessions?.revoke(session.id)
    return clearSessionCookie(this.peerOf(incoming).isSecure)
  }

  private async identify(incoming: IncomingMessage, rule: Rule): Promise<Visitor> {
    if (this.sessions === null) return { kind: 'local', actor: 'local', rights: ALL_RIGHTS }
    const bearer = bearerOf(incoming)
    if (bearer !== '' && rule !== 'form') {
      if (this.isRightToken(bearer, incoming)) {
        return { kind: 'program', actor: 'token', rights: ALL_RIGHTS }
      }
      throw new Unauthorized('This is not the token of this Muster')
    }
    // A program's report never counts on a cookie, or another site's page could send one.
    if (rule === 'report') {
      throw new Unauthorized('This Muster wants its token: Authorization: Bearer <token>')
    }
    const { isSecure } = this.peerOf(incoming)
    const session = await this.sessions.find(sessionCookies(incoming, isSecure))
    if (session) return { kind: 'person', actor: 'token', rights: ALL_RIGHTS, session }
    throw new Unauthorized(
      'This Muster wants its token: Authorization: Bearer <token>, or a browser that has logged in',
    )
  }

  private isRightToken(given: string, incoming: IncomingMessage): boolean {
    if (this.token === null) return false
    const { network } = this.peerOf(incoming)
    const isRight = isSameSecret(given, this.token)
    const waitMs = isRight
      ? this.wrongTokens.lockedFor(network)
      : this.wrongTokens.add(network, keyedHash(this.token, given))
    if (waitMs > 0) throw tooMany('Too many wrong tokens came from your address', waitMs)
    return isRight
  }

  private countReport(incoming: IncomingMessage): void {
    const waitMs = this.reports.take(this.peerOf(incoming).network)
    if (waitMs > 0) throw tooMany('Too many reports came from your address', waitMs)
  }
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^bearer +(\S.*)$/i.exec(textOf(headers.authorization).trim())?.[1]?.trim() ?? ''
}

function tooMany(what: string, waitMs: number): TooManyRequests {
  const seconds = Math.ceil(waitMs / 1_000)
  return new TooManyRequests(`${what}; wait ${seconds} s`, seconds)
}
