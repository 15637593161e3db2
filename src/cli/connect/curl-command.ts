export interface CurlOptions {
  url: string
  hasToken: boolean
  /** The value of `X-Muster-Host`, as the shell is to read it. */
  host: string | null
  shell: 'sh' | 'cmd'
}

/**
 * The command of a hook: posts what it gets on standard input, for one second at most, says nothing,
 * and succeeds whatever happens, because an agent takes a hook that fails for an answer.
 */
export function curlCommand({ url, hasToken, host, shell }: CurlOptions): string {
  const isCmd = shell === 'cmd'
  const token = isCmd ? '%MUSTER_TOKEN%' : '$MUSTER_TOKEN'
  const quote = isCmd ? '"' : "'"
  const parts = ['curl -s -m 1', `-H ${quote}Content-Type: application/json${quote}`]
  // The name of the variable, not its value: settings files are read and shared.
  if (hasToken) parts.push(`-H "Authorization: Bearer ${token}"`)
  if (host !== null) parts.push(`-H "X-Muster-Host: ${host}"`)
  // Shells take the brackets of an IPv6 address for a pattern.
  parts.push('--data-binary @-', url.includes('[') ? `"${url}"` : url)
  parts.push(isCmd ? '>NUL 2>&1 || exit /b 0' : '>/dev/null 2>&1 || true')
  return parts.join(' ')
}
