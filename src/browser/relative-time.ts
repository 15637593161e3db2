const TICK_MS = 1000

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** Keeps every `time[data-relative]` of the page current while the page is visible. */
export function startRelativeTimes(): void {
  refreshTimes(document)
  setInterval(() => {
    if (!document.hidden) refreshTimes(document)
  }, TICK_MS)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refreshTimes(document)
  })
  // Before the next paint, so that the server's own text is never seen.
  document.addEventListener('htmx:oobAfterSwap', (event) => {
    const target = (event as CustomEvent<{ target?: Element }>).detail.target
    if (target) refreshTimes(target)
  })
}

export function refreshTimes(root: ParentNode): void {
  const now = Date.now()
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[data-relative]')) {
    const at = Date.parse(time.dateTime)
    if (Number.isNaN(at)) continue
    const text = timeText(at, now, time.dataset.relative ?? '')
    if (time.textContent !== text) time.textContent = text
    // Written once for each instant: formatting every title every second is most of the cost.
    if (time.dataset.uiTitled !== time.dateTime) {
      time.dataset.uiTitled = time.dateTime
      time.title = exact.format(at)
    }
  }
}

export function timeText(at: number, now: number, kind: string): string {
  if (kind === 'clock') {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString()
    return (isToday ? clock : dayAndClock).format(at)
  }
  if (kind === 'elapsed') return clockText(now - at)
  const age = ageText(now - at)
  if (kind === 'since') return age
  return age === 'now' ? 'just now' : `${age} ago`
}

/** "0:05", "12:05", "1:02:05" */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const minutes = Math.floor(seconds / 60) % 60
  const hours = Math.floor(seconds / 3600)
  const two = (n: number) => String(n).padStart(2, '0')
  const tail = two(seconds % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`
}

export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}
