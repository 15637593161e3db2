/** A running Muster, and what it asks of reporters. */
export interface Target {
  readonly url: string
  readonly token: string | null
}

export interface Answer {
  readonly status: number
  readonly text: string
  /** Empty where the answer is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Posts JSON. Throws what a person can act on. */
export async function postJson(target: Target, path: string, body: unknown): Promise<unknown> {
  const answer = await sendJson(target, path, body)
  if (answer.status < 400) return answer.body
  throw new Error(`Muster answers ${answer.status}: ${answer.text.slice(0, 300)}`)
}

/** Posts JSON and returns the answer, whatever its status. Throws where the server is not reached. */
export async function sendJson(
  { url, token }: Target,
  path: string,
  body: unknown,
): Promise<Answer> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
  }
  const request = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(new URL(path, url), request).catch((cause: unknown) => {
    throw new Error(
      `There is no Muster at ${url}: start it with “npm start”, or name another --url`,
      { cause },
    )
  })
  const text = await response.text()
  return { status: response.status, text, body: objectOf(text) }
}

function objectOf(text: string): Answer['body'] {
  try {
    return Object(JSON.parse(text))
  } catch {
    // A proxy in between may answer anything.
    return {}
  }
}
