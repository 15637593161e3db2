/** A running Muster, and what it asks of reporters. */
export interface Door {
  readonly url: string
  readonly token: string | null
}

/** Posts JSON. Throws what a person can act on. */
export async function postJson(
  { url, token }: Door,
  path: string,
  body: unknown,
): Promise<unknown> {
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
  if (!response.ok) {
    const answer = (await response.text()).slice(0, 300)
    throw new Error(`Muster answers ${response.status}: ${answer}`)
  }
  return response.json()
}
