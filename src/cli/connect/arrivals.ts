import type { CliContext } from '../context'

const TIMEOUT_MS = 5_000

/** The sessions of the probes that this Muster has in its log; a text says why they are not known. */
export async function readArrivals(
  origin: string,
  { env }: CliContext,
): Promise<ReadonlySet<string> | string> {
  const address = new URL('/api/events/history?types=hook_muster_check&limit=200', origin)
  const token = env.MUSTER_TOKEN?.trim()
  const headers = {
    Accept: 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
  }
  try {
    const response = await fetch(address, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (response.status === 401) return `${origin} wants a token: is MUSTER_TOKEN right here?`
    if (!response.ok) return `${origin} answers with ${response.status}`
    return sessionsIn(await response.json())
  } catch {
    return `nobody answers at ${origin}: is Muster running?`
  }
}

function sessionsIn(answer: unknown): ReadonlySet<string> {
  const { events } = Object(answer)
  const rows: unknown[] = Array.isArray(events) ? events : []
  return new Set(rows.map((row) => String(Object(row).session_uuid)))
}
