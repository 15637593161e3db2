import type { ConnectionTimes } from './connection'

interface FamilyTimes {
  /** The longest pause between signs of life, whatever is configured. */
  readonly maxHeartbeatMs: number
  /** The sign of life comes at this pace whatever else is written; else only after silence. */
  readonly isSteady: boolean
}

/**
 * The families of streams and their times. Each has a pool of its own, so that none can starve
 * another. The configuration gives the pause between signs of life and how long a full socket may
 * take nothing; both hold for all families, within these bounds. config.yaml says them too.
 */
const FAMILY_TIMES = {
  events: { maxHeartbeatMs: Number.POSITIVE_INFINITY, isSteady: false },
  // The clock ticks once a second, and clients are promised a heartbeat every 30 s at the latest.
  v2: { maxHeartbeatMs: 29_000, isSteady: true },
  debates: { maxHeartbeatMs: 15_000, isSteady: false },
  // The page's script gives a stream up after 50 s of silence: src/browser/live/silence.ts.
  pages: { maxHeartbeatMs: 20_000, isSteady: false },
} satisfies Record<string, FamilyTimes>

export type Family = keyof typeof FAMILY_TIMES
export const FAMILIES = Object.keys(FAMILY_TIMES) as readonly Family[]

/** A stream of any family ends after about so long, and its client opens the next one. */
export const ROTATE_MS = 600_000

/** The times of a connection of the family. Rotation is spread, so that streams opened at once do not end at once. */
export function timesOf(
  family: Family,
  { heartbeatMs, stallMs, rotateMs }: ConnectionTimes,
): ConnectionTimes & { readonly steadyHeartbeat: boolean } {
  const { maxHeartbeatMs, isSteady } = FAMILY_TIMES[family]
  return {
    heartbeatMs: Math.min(heartbeatMs, maxHeartbeatMs),
    steadyHeartbeat: isSteady,
    stallMs,
    rotateMs: rotateMs * (0.8 + Math.random() * 0.4),
  }
}
