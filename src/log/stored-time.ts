/**
 * A time as the database gave it, always a Date. PostgreSQL knows times that JavaScript does not, as
 * `infinity`, which pg gives as a number: those become an invalid Date.
 */
export function toDate(time: Date): Date {
  return time instanceof Date ? time : new Date(Number.NaN)
}
