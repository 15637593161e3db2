import type { TestMuster } from './muster'

export const TOKEN = 'a token that nobody guesses'
export const BEARER = { Authorization: `Bearer ${TOKEN}` }

/** Sends the form of the login as a browser does, without following where it leads. */
export function sendLogin(
  muster: TestMuster,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return muster.fetch('/login', {
    method: 'POST',
    redirect: 'manual',
    headers: { Accept: 'text/html', ...headers },
    body: new URLSearchParams(fields),
  })
}

/** Logs in and returns what a browser sends from then on. */
export async function logIn(muster: TestMuster, token = TOKEN): Promise<{ Cookie: string }> {
  const response = await sendLogin(muster, { token })
  if (response.status !== 303) throw new Error(`The login answered ${response.status}`)
  return { Cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' }
}
