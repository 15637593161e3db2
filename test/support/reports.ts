import { until } from './deadline'

/** Posts a report and returns its id, or the status that refused it. */
export async function report(
  address: string,
  summary: string,
  data: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${address}/api/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ project: '/srv/orchard', type: 'note', summary, data }),
  })
  const body = (await response.json()) as { last_id?: number; error?: string }
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body }
}

export interface Answer {
  status: number
  retryAfter: string | null
  last_id?: number
  error?: string
}

/** Posts until it is stored. */
export function untilStored(
  address: string,
  summary: string,
  deadlineMs = 60_000,
): Promise<number> {
  const attempt = async () => {
    const answer = await report(address, summary).catch(() => undefined)
    return answer?.status === 201 ? answer.last_id : undefined
  }
  return until(`“${summary}” is stored`, attempt, deadlineMs)
}

/** Every summary in the log, oldest first. */
export async function storedSummaries(address: string): Promise<string[]> {
  const found: string[] = []
  for (let before = ''; ; ) {
    const response = await fetch(`${address}/api/events/history?limit=500&types=note${before}`)
    if (response.status !== 200) throw new Error(await response.text())
    const page = (await response.json()) as { events: { summary: string }[]; previous: number }
    if (page.events.length === 0) return found.reverse()
    found.push(...page.events.map((event) => event.summary))
    before = `&before=${page.previous}`
  }
}
