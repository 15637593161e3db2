import type { IncomingMessage } from 'node:http'
import type { Config } from '../config/load'
import type { Database } from '../db/connect'
import { clearSessionCookie, sessionCookies, setSessionCookie } from './cookie'
import { Forbidden, TooManyRequests, Unauthorized } from './errors'
import { allowsOf, sessionGrantId, tokenGrantId } from './grant'
import { lookAtGrants } from './grants'
import { type Peer, Peers, textOf } from './peer'
import { RateLimit } from './rate-limit'
import { isSameSecret, keyedHash, newSecret } from './secret'
import { SESSION_SECONDS, type Session, Sessions } from './sessions'
import { looksLikeToken, Tokens } from './tokens'
import { ALL_RIGHTS, NO_RIGHTS, type Right, type Visitor } from './visitor'
import { WrongTokens } from './wrong-tokens'

/** What a route asks of who wants it; each route says it where it is registered. */
export type Rule =
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
  /** Whoever decides about others. */
  | 'admin'

const NEEDED: Readonly<Record<Exclude<Rule, 'public'>, readonly Right[]>> = {
  read: ['read'],
  report: ['report'],
  form: ['read'],
  act: ['read', 'report'],
  admin: ['admin'],
}

const ANYBODY: Visitor = { kind: 'anybody', actor: 'anybody', rights: NO_RIGHTS, grant: null }
const LOCAL: Visitor = { kind: 'local', actor: 'local', rights: ALL_RIGHTS, grant: null }
const KNOWS_TOKEN: Visitor = { kind: 'program', actor: 'token', rights: ALL_RIGHTS, grant: null }

/** Who may do what. Without a token Muster serves this machine only, and asks nobody. */
export class Access {
  /** Null where no token is set. */
  readonly sessions: Sessions | null
  readonly tokens: Tokens
  private readonly token: string | null
  private readonly peers: Peers
  private readonly reports: RateLimit
  private readonly wrongTokens: WrongTokens
  /** Guesses are kept under it, so that no memory holds them. */
  private readonly guessKey = newSecret()

  constructor(
    config: Config,
    private readonly db: Database,
  ) {
    this.token = config.token
    this.sessions = config.token === null ? null : new Sessions(db, config.token)
    this.tokens = new Tokens(db)
    this.peers = new Peers(config)
    this.reports = new RateLimit(config.limits.reportsPerMinute)
    this.wrongTokens = new WrongTokens(config.limits.wrongTokensPerMinute)
  }

  /** Whoever comes is taken for the person at the machine. */
  get isOpen(): boolean {
    return this.token === null
  }

  peerOf(incoming: IncomingMessage): Peer {
    return this.peers.of(incoming)
  }

  /** Throws Unauthorized, Forbidden or TooManyRequests. */
  async admit(rule: Rule, incoming: IncomingMessage): Promise<Visitor> {
    if (rule === 'public') return ANYBODY
    const visitor = await this.identify(incoming, rule)
    requireRights(visitor, rule)
    if (rule === 'report') this.countReport(incoming)
    return visitor
  }

  /** What each of these grants allows now; one that has ended is missing. */
  lookAtGrants(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ids.length === 0 ? Promise.resolve(new Map()) : lookAtGrants(this.db, ids)
  }

  /** Opens a session for who knows the token; returns its cookie, or null. Throws TooManyRequests. */
  async logIn(token: string, incoming: IncomingMessage): Promise<string | null> {
    if (this.sessions === null) return null
    const isRight = this.isMusterToken(token)
    this.countGuess(token, isRight, incoming)
    if (!isRight) return null
    const value = await this.sessions.open()
    return setSessionCookie(value, SESSION_SECONDS, this.peerOf(incoming).isSecure)
  }

  /** Ends a session, and returns what takes its cookie away. */
  async logOut(session: Session, incoming: IncomingMessage): Promise<string> {
    await this.sessions?.revoke(session.id)
    return clearSessionCookie(this.peerOf(incoming).isSecure)
  }

  private async identify(incoming: IncomingMessage, rule: Rule): Promise<Visitor> {
    const bearer = bearerOf(incoming)
    // What is meant to be one of our tokens has its rights and no others, wherever it is shown.
    if (bearer !== '' && rule !== 'form' && (!this.isOpen || looksLikeToken(bearer))) {
      return this.identifyProgram(bearer, incoming, rule)
    }
    if (this.sessions === null) return LOCAL
    // A program's report never counts on a cookie, or another site's page could send one.
    if (rule === 'report') {
      throw new Unauthorized('This Muster wants a token: Authorization: Bearer <token>')
    }
    const { isSecure } = this.peerOf(incoming)
    const session = await this.sessions.find(sessionCookies(incoming, isSecure))
    if (!session) {
      throw new Unauthorized(
        'This Muster wants a token: Authorization: Bearer <token>, or a browser that has logged in',
      )
    }
    const grant = {
      id: sessionGrantId(session.id),
      allows: allowsOf(ALL_RIGHTS),
      expiresAt: session.expiresAt,
    }
    return { kind: 'person', actor: 'token', rights: ALL_RIGHTS, session, grant }
  }

  private async identifyProgram(
    bearer: string,
    incoming: IncomingMessage,
    rule: Rule,
  ): Promise<Visitor> {
    const isMusterToken = this.isMusterToken(bearer)
    const find = rule === 'report' ? 'findLately' : 'find'
    const found = isMusterToken ? null : await this.tokens[find](bearer)
    this.countGuess(bearer, isMusterToken || found !== null, incoming)
    if (isMusterToken) return KNOWS_TOKEN
    if (!found)
      throw new Unauthorized('This is no token of this Muster, or it is not valid any more')
    const { id, rights, expiresAt } = found
    const grant = { id: tokenGrantId(id), allows: allowsOf(rights), expiresAt }
    return { kind: 'program', actor: grant.id, rights, grant }
  }

  private isMusterToken(given: string): boolean {
    return this.token !== null && isSameSecret(given, this.token)
  }

  /** Throws TooManyRequests. Who has tried many different ones is not told of a hit either. */
  private countGuess(guess: string, isRight: boolean, incoming: IncomingMessage): void {
    const { network } = this.peerOf(incoming)
    const waitMs = isRight
      ? this.wrongTokens.lockedFor(network)
      : this.wrongTokens.add(network, keyedHash(this.guessKey, guess))
    if (waitMs > 0) throw tooMany('Too many wrong tokens came from your address', waitMs)
  }

  private countReport(incoming: IncomingMessage): void {
    const waitMs = this.reports.take(this.peerOf(incoming).network)
    if (waitMs > 0) throw tooMany('Too many reports came from your address', waitMs)
  }
}

function requireRights({ rights, kind }: Visitor, rule: Exclude<Rule, 'public'>): void {
  const missing = NEEDED[rule].find((right) => !rights.may.includes(right))
  if (missing === undefined) return
  const who = kind === 'program' ? 'This token' : 'Your account'
  throw new Forbidden(`${who} does not have the right “${missing}”`)
}

function bearerOf({ headers }: IncomingMessage): string {
  return /^bearer +(\S.*)$/i.exec(textOf(headers.authorization).trim())?.[1]?.trim() ?? ''
}

function tooMany(what: string, waitMs: number): TooManyRequests {
  const seconds = Math.ceil(waitMs / 1_000)
  return new TooManyRequests(`${what}; wait ${seconds} s`, seconds)
}
