import pg from 'pg'

/**
 * What a failed statement means to the caller:
 * `data` - the statement's own values are at fault; the same values will fail again.
 * `conflict` - another transaction was in the way; trying again may help.
 * `away` - no database, or none that can write now; whether a commit took place is unknown.
 * `defect` - anything else, which is a mistake of ours.
 */
export type DatabaseFault = 'data' | 'conflict' | 'away' | 'defect'

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONFLICTS = new Set([
  '40000',
  '40001',
  '40P01',
  '55P03',
  // Two processes registered the same project or agent; the second time, both find it.
  '23505',
  // The project was deleted since it was looked up; the second time, it is registered again.
  '23503',
])
const DATA_CLASSES = new Set(['22', '23', '54'])
/** Also no right to come in (28) or no such database (3D), as while one is being set up. */
const AWAY_CLASSES = new Set(['08', '28', '3D', '53', '57', '58'])
const AWAY_CODES = new Set([
  // The answer to a commit was lost.
  '40003',
  // Cut off: idle in a transaction, or a transaction that took too long.
  '25P03',
  '25P04',
  // A standby, or a disk made read-only.
  '25006',
])
const AWAY_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])

export function databaseFault(error: unknown): DatabaseFault {
  if (error instanceof AggregateError) return databaseFault(error.errors[0])
  if (!(error instanceof Error)) return 'defect'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof pg.DatabaseError) {
    if (CONFLICTS.has(code)) return 'conflict'
    if (DATA_CLASSES.has(code.slice(0, 2))) return 'data'
    return AWAY_CLASSES.has(code.slice(0, 2)) || AWAY_CODES.has(code) ? 'away' : 'defect'
  }
  if (AWAY_SYSTEM_CODES.has(code)) return 'away'
  // pg reports these without a code.
  return /^(timeout e|Connection terminated|Query read timeout|Client has encountered|Client was closed|Cannot use a pool)/i.test(
    error.message,
  )
    ? 'away'
    : 'defect'
}

/** No connection was to be had in time: the database is away, or this machine has too much to do. */
export function isConnectTimeout(error: unknown): boolean {
  // The first is of pg's pool, the second of its client: packages/pg-pool/index.js and
  // packages/pg/lib/client.js of https://github.com/brianc/node-postgres
  const timeouts =
    /^(timeout exceeded when trying to connect|Connection terminated due to connection timeout)/
  return error instanceof Error && timeouts.test(error.message)
}

/** SQLSTATE disk_full. */
const DISK_FULL = '53100'

/** No room on the disk, as PostgreSQL says it in a statement's error, or the system in one of ours. */
export function isOfFullDisk(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOfFullDisk)
  if (!(error instanceof Error)) return false
  if ('code' in error && (error.code === DISK_FULL || error.code === 'ENOSPC')) return true
  return /No space left on device/.test(error.message) || isOfFullDisk(error.cause)
}
