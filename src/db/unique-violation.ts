import pg from 'pg'

const UNIQUE_VIOLATION = '23505'

/** Whether a statement failed because a value exists that may exist once only. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION
}
