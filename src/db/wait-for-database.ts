import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { DatabaseClient } from './client'
import { requireUsable } from './require-usable'
import { UnusableDatabase } from './unusable-database'

const PATIENCE_MS = 30_000
const CONNECT_TIMEOUT_MS = 5_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2_000

interface WaitOptions {
  /** Hears once that there is something to wait for. */
  tell(message: string): void
  signal?: AbortSignal
  patienceMs?: number
}

/**
 * Resolves once the database of DATABASE_URL answers and is one that Muster can use. A server that
 * is not there yet is waited for, as it may be starting too; what waiting cannot cure rejects
 * at once. Rejects with an UnusableDatabase, whose message is for people and holds no password.
 */
export async function waitForDatabase(url: string, options: WaitOptions): Promise<void> {
  const { tell, signal, patienceMs = PATIENCE_MS } = options
  const deadline = performance.now() + patienceMs
  const aborted = whenAborted(signal)
  let pause = FIRST_PAUSE_MS
  for (let attempt = 1; ; attempt++) {
    const client = new DatabaseClient({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
    })
    try {
      return await look(client, aborted)
    } catch (error) {
      if (error instanceof UnusableDatabase) throw error
      const fault = faultOf(error, client)
      if (!fault.mayPass || signal?.aborted) throw new UnusableDatabase(fault.message)
      if (performance.now() + pause > deadline) {
        const waited = Math.round(patienceMs / 1_000)
        throw new UnusableDatabase(`${fault.message} Muster has waited for ${waited} s.`)
      }
      if (attempt === 1) {
        const place = `${client.host}:${client.port}`
        tell(`Waiting for the database at ${place} (${fault.reason}) …`)
      }
    }
    await delay(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
}

async function look(client: pg.Client, aborted: Promise<never>): Promise<void> {
  // A connection that breaks fails its query too; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await Promise.race([client.connect().then(() => requireUsable(client)), aborted])
  } finally {
    // It never settles after a connect that failed.
    void client.end().catch(() => undefined)
  }
}

function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(new Error('it was stopped'))
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
  })
  // The promise may have no handler at that moment.
  aborted.catch(() => undefined)
  return aborted
}

interface Fault {
  reason: string
  message: string
  mayPass: boolean
}

/** SQLSTATEs of a server that is there and will not let us in, however long we wait. */
const REFUSALS = new Set(['28000', '28P01', '3D000', '42501'])

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ENOENT: 'there is no such socket',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
}

function faultOf(error: unknown, client: pg.Client): Fault {
  const { host, port, database, user } = client
  const place = `${host}:${port}`
  // One attempt for each address of the host; the first one tells as much as the others.
  const cause = error instanceof AggregateError ? error.errors[0] : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const text = withoutPassword(cause instanceof Error ? cause.message : String(cause), client)
  if (code === '28P01' || code === '28000') {
    const message = `The database at ${place} does not let the user "${user}" in (${text}): correct the user and the password in DATABASE_URL.`
    return { reason: text, message, mayPass: false }
  }
  if (code === '3D000') {
    const message = `There is no database "${database}" at ${place}: create it, or correct DATABASE_URL.`
    return { reason: text, message, mayPass: false }
  }
  const reason = REASONS[code] ?? (/timeout/i.test(text) ? 'it does not answer' : text)
  const isServerAnswer = cause instanceof pg.DatabaseError
  return {
    reason,
    message: `The database at ${place} cannot be reached (${reason}): start it, or correct DATABASE_URL.`,
    mayPass: isServerAnswer ? !REFUSALS.has(code) : !/SSL|certificate|SCRAM|SASL/i.test(text),
  }
}

function withoutPassword(text: string, { password }: pg.Client): string {
  return password ? text.replaceAll(password, '***') : text
}
