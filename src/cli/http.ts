/** Where a Muster on this machine is, unless somebody says otherwise. */
export function defaultUrl(): string {
  return `http://${process.env.HOST || '127.0.0.1'}:${process.env.PORT || '4690'}`
}

/** Posts JSON to a running Muster, with MUSTER_TOKEN if it is set. Throws what a person can act on. */
export async function postJson(url: string, path: string, body: unknown): Promise<unknown> {
  const token = process.env.MUSTER_TOKEN
  const headers = {
    'Content-Type': 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
  }
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    throw new Error(
      `There is no Muster at ${url}: start it with “npm start”, or name another --url`,
      { cause },
    )
  })
  if (!response.ok)
    throw new Error(
      `Muster refuses this with ${response.status}: ${(await response.text()).slice(0, 300)}`,
    )
  return response.json()
}
