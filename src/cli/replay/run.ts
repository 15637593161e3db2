interface ReplayResult {
  posted: number
  refused: { line: number; status: number; answer: string }[]
  /** Milliseconds that each POST took, sorted. */
  times: number[]
}

interface ReplayOptions {
  url: string
  /** 0: as fast as the answers come. */
  perSecond: number
  onProgress: (done: number, total: number, refused: number) => void
}

/** One payload a line; throws with the line's number where there is none. Blank lines are nothing. */
export function parseRecording(text: string): { line: number; body: string }[] {
  const payloads = text
    .split(/\r?\n/)
    .map((body, index) => ({ line: index + 1, body: body.trim() }))
    .filter(({ body }) => body !== '')
  for (const { line, body } of payloads) requireObject(line, body)
  if (payloads.length === 0) throw new Error('The recording is empty')
  return payloads
}

/** Posts one payload after the other: the order of a recording is part of it. */
export async function replay(
  payloads: readonly { line: number; body: string }[],
  { url, perSecond, onProgress }: ReplayOptions,
): Promise<ReplayResult> {
  const result: ReplayResult = { posted: 0, refused: [], times: [] }
  const begun = performance.now()
  for (const [index, { line, body }] of payloads.entries()) {
    if (perSecond > 0) await waitUntil(begun + (index * 1_000) / perSecond)
    const sentAt = performance.now()
    const { status, answer } = await post(url, body)
    result.times.push(performance.now() - sentAt)
    if (status === 200) result.posted++
    else result.refused.push({ line, status, answer })
    onProgress(index + 1, payloads.length, result.refused.length)
  }
  result.times.sort((a, b) => a - b)
  return result
}

export function summarize({ posted, refused, times }: ReplayResult): string {
  const ms = (share: number) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1)
  const lines = [
    `${posted} accepted, ${refused.length} refused; ${ms(0.5)} ms a POST in the median, ${ms(0.95)} ms at the 95th percentile`,
  ]
  for (const { line, status, answer } of refused.slice(0, 10)) {
    lines.push(`  line ${line}: ${status} ${answer.slice(0, 200)}`)
  }
  return lines.join('\n')
}

function requireObject(line: number, body: string): void {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  } catch {
    throw new Error(`Line ${line} of the recording is not JSON`)
  }
  throw new Error(`Line ${line} of the recording is not a JSON object`)
}

async function post(url: string, body: string): Promise<{ status: number; answer: string }> {
  const address = new URL('/hooks/claude-code', url)
  const headers = { 'Content-Type': 'application/json' }
  try {
    const response = await fetch(address, { method: 'POST', headers, body })
    return { status: response.status, answer: await response.text() }
  } catch (error) {
    throw new Error(
      `There is no Muster at ${url}: start it with “npm start”, or name another --url`,
      {
        cause: error,
      },
    )
  }
}

function waitUntil(time: number): Promise<void> | undefined {
  const ms = time - performance.now()
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined
}
