import { type HookOptions, hostOf } from './claude-code-settings'
import { curlCommand } from './curl-command'
import type { Handler, Hooks } from './hooks-file'

export const CODEX_PATH = '/hooks/codex'

/** Codex leaves out those that its version does not know. */
const EVENTS = [
  'SessionStart',
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PreCompact',
  'PostCompact',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'StopFailure',
  'Interrupt',
  'SessionEnd',
]

export function codexHooks(options: HookOptions, platform: NodeJS.Platform): Hooks {
  const command = curlCommand({
    url: `${options.origin}${CODEX_PATH}`,
    hasToken: options.hasToken,
    host: hostIn(options, platform),
    shell: platform === 'win32' ? 'cmd' : 'sh',
  })
  return Object.fromEntries(
    EVENTS.map((event): [string, Handler] => [event, { type: 'command', command, timeout: 2 }]),
  )
}

/** Known by the path alone, so that another address or an older version is replaced. */
export function isCodexHook({ command }: Handler): boolean {
  return typeof command === 'string' && /\bcurl\b.*\/hooks\/codex(?![\w/-])/s.test(command)
}

/**
 * The program that Codex runs at the end of a turn, with the news as one more argument: curl takes
 * that for its data. Null where it would need a shell that leaves the news as they are.
 */
export function notifyProgram(options: HookOptions, platform: NodeJS.Platform): string[] | null {
  const url = `${options.origin}${CODEX_PATH}`
  const host = hostIn(options, platform)
  const headers = ['-H', 'Content-Type: application/json']
  if (host !== null) headers.push('-H', `X-Muster-Host: ${host}`)
  if (!options.hasToken) return ['curl', '-s', '-m', '1', ...headers, url, '--data-raw']
  // Only a shell can put the variable in, and on Windows it would read the news as commands.
  if (platform === 'win32') return null
  const named = host === null ? '' : ` -H "X-Muster-Host: ${host}"`
  const curl = `curl -s -m 1 -H "Content-Type: application/json"${named} -H "Authorization: Bearer $MUSTER_TOKEN" --data-raw "$1" "${url}"`
  return ['sh', '-c', curl, 'muster']
}

function hostIn(options: HookOptions, platform: NodeJS.Platform): string | null {
  const host = hostOf(options)
  return host === '$(hostname)' && platform === 'win32' ? '%COMPUTERNAME%' : host
}
