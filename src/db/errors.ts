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
  '40001',
  '40P01',
  '55P03',
  // Two processes registered the same project or agent; the second time, both find it.
  '23505',
])
const DATA_CLASSES = new Set(['22', '23', '54'])
const AWAY_CLASSES = new Set(['08', '53', '57', '58'])
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
    // 25P03: cut off for idling in a transaction; 25006: a standby, or a disk made read-only.
    if (AWAY_CLASSES.has(code.slice(0, 2)) || code === '25P03' || code === '25006') return 'away'
    return code.startsWith('28') || code.startsWith('3D') ? 'away' : 'defect'
  }
  if (AWAY_SYSTEM_CODES.has(code)) return 'away'
  // pg reports these without a code.
  return /^(timeout e|Connection terminated|Query read timeout|Client has encountered|Cannot use a pool)/i.test(
    error.message,
  )
    ? 'away'
    : 'defect'
}
