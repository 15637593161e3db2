import { toTimestamp } from '../../src/log/serialize'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

interface TimeProps {
  at: Date
  /** What the browser makes of it: "3 min ago", "3 min", or the time of day. */
  as: 'relative' | 'since' | 'clock'
}

/** In place of a time that has no form, such as `infinity` in a row from psql. */
export const UNKNOWN_TIME = 'unknown time'

export function Time({ at, as }: TimeProps) {
  const timestamp = toTimestamp(at)
  if (timestamp === null) return <span>{UNKNOWN_TIME}</span>
  return (
    <time datetime={timestamp} data-relative={as}>
      {absolute(at)}
    </time>
  )
}

/** "21 Nov 03:04:05 UTC" */
export function absolute(at: Date): string {
  const timestamp = toTimestamp(at)
  if (timestamp === null) return UNKNOWN_TIME
  // Counted from the end: far from now, the year has more than four digits.
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${timestamp.slice(-13, -5)} UTC`
}
