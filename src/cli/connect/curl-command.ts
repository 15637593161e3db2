interface CurlOptions {
  url: string
  /** The file that curl reads the token from, as the shell is to read its name; null: no token. */
  tokenFile: string | null
  /** The value of `X-Muster-Host`, as the shell is to read it. */
  host: string | null
  shell: 'sh' | 'cmd'
}

/**
 * The command of a hook: posts what it gets on standard input, for one second at most, says nothing,
 * and succeeds whatever happens, because an agent takes a hook that fails for an answer.
 */
export function curlCommand({ url, tokenFile, host, shell }: CurlOptions): string {
  const isCmd = shell === 'cmd'
  const quote = isCmd ? '"' : "'"
  const parts = ['curl -s -m 1', `-H ${quote}Content-Type: application/json${quote}`]
  // Not the token nor a variable: a shell would put its value where every user can read it.
  if (tokenFile !== null) parts.push(`-K ${tokenFile}`)
  if (host !== null) parts.push(`-H "X-Muster-Host: ${host}"`)
  // Shells take the brackets of an IPv6 address for a pattern.
  parts.push('--data-binary @-', url.includes('[') ? `"${url}"` : url)
  parts.push(isCmd ? '>NUL 2>&1 || exit /b 0' : '>/dev/null 2>&1 || true')
  return parts.join(' ')
}
