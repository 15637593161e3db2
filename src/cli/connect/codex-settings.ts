import { type HookOptions, hostOf, tokenFileFor } from './claude-code-settings'
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
  const shell = platform === 'win32' ? 'cmd' : 'sh'
  const command = curlCommand({
    url: `${options.origin}${CODEX_PATH}`,
    tokenFile: tokenFileFor(options, shell),
    host: hostIn(options, platform),
    shell,
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
 * that for its data. There is no shell, which could take the news for commands.
 */
export function notifyProgram(options: HookOptions, platform: NodeJS.Platform): string[] {
  const host = hostIn(options, platform)
  const headers = ['-H', 'Content-Type: application/json']
  if (host !== null) headers.push('-H', `X-Muster-Host: ${host}`)
  const token = options.tokenFile === null ? [] : ['-K', options.tokenFile]
  const url = `${options.origin}${CODEX_PATH}`
  return ['curl', '-s', '-m', '1', ...headers, ...token, url, '--data-raw']
}

function hostIn(options: HookOptions, platform: NodeJS.Platform): string | null {
  const host = hostOf(options)
  return host === '$(hostname)' && platform === 'win32' ? '%COMPUTERNAME%' : host
}
