const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export interface TimeProps {
  at: Date
  /** What the browser makes of it: "3 min ago", "3 min", or the time of day. */
  as: 'relative' | 'since' | 'clock'
}

export function Time({ at, as }: TimeProps) {
  return (
    <time datetime={at.toISOString()} data-relative={as}>
      {absolute(at)}
    </time>
  )
}

/** "21 Nov 03:04:05 UTC" */
export function absolute(at: Date): string {
  const iso = at.toISOString()
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${iso.slice(11, 19)} UTC`
}
