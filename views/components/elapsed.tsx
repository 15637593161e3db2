import { type Debate, elapsedMs } from '../../src/debates/debate'
import { toTimestamp } from '../../src/log/serialize'
import { absolute, UNKNOWN_TIME } from './time'

/**
 * How long a debate has gone on, its pauses left out. While it goes on the browser counts, from the
 * moment when it would have begun without pauses; without a script it says since when.
 */
export function Elapsed({ debate }: { debate: Debate }) {
  const { status, createdAt, pausedMs } = debate
  if (status !== 'active') return <span class="elapsed">{clockText(elapsedMs(debate, 0))}</span>
  const from = toTimestamp(new Date(createdAt.getTime() + pausedMs))
  if (from === null) return <span class="elapsed">{UNKNOWN_TIME}</span>
  return (
    <time class="elapsed" datetime={from} data-relative="elapsed">
      since {absolute(createdAt)}
    </time>
  )
}

/** "0:05", "12:05", "1:02:05"; src/browser/relative-time.ts counts in the same form. */
export function clockText(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN_TIME
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60) % 60
  const hours = Math.floor(seconds / 3600)
  const two = (n: number) => String(n).padStart(2, '0')
  const tail = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`
}
