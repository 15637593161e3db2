const MAX_LENGTH = 2_000

/**
 * Where to go after the login: a path of this Muster, or its board. What a browser would read as
 * another site is none, in whichever way it is written.
 */
export function safeRedirect(text: string | null | undefined): string {
  if (!text || text.length > MAX_LENGTH || !URL.canParse(text, HERE)) return '/'
  const url = new URL(text, HERE)
  const path = `${url.pathname}${url.search}${url.hash}`
  // Dots are gone by now, and may have left two slashes, after which browsers read a host.
  if (url.origin !== HERE || !text.startsWith('/') || /^\/[/\\]/.test(path)) return '/'
  return /^\/(login|logout)([/?#]|$)/.test(path) ? '/' : path
}

const HERE = 'http://muster.invalid'

/** The login, and the way back from it to the page that was asked for. */
export function loginAddress(path: string): string {
  const next = safeRedirect(path)
  return next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`
}
