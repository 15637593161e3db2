import { hostname } from 'node:os'
import { curlCommand } from './curl-command'
import type { Handler, Hooks } from './hooks-file'
import { TOKEN_FILE_NAME } from './token-file'

export interface HookOptions {
  /** Where Muster is: scheme, name and port. */
  origin: string
  /** The file on this machine from which hooks take the token to show; null: they show none. */
  tokenFile: string | null
  /** `user`: this machine only; `project`: the file goes wherever the project goes. */
  scope: Scope
}
export type Scope = 'user' | 'project'

export const CLAUDE_CODE_PATH = '/hooks/claude-code'

/** They take commands only. */
const COMMAND_EVENTS = ['SessionStart', 'Setup']
/**
 * Without MessageDisplay, for which the text on the screen would wait; FileChanged, which needs the
 * names of the files; and WorktreeCreate, where a hook replaces how worktrees are made.
 */
const HTTP_EVENTS = [
  'InstructionsLoaded',
  'UserPromptSubmit',
  'UserPromptExpansion',
  'PreToolUse',
  'PermissionRequest',
  'PermissionDenied',
  'PostToolUse',
  'PostToolUseFailure',
  'PostToolBatch',
  'Notification',
  'SubagentStart',
  'SubagentStop',
  'TaskCreated',
  'TaskCompleted',
  'Stop',
  'StopFailure',
  'TeammateIdle',
  'ConfigChange',
  'CwdChanged',
  'DirectoryAdded',
  'WorktreeRemove',
  'PreCompact',
  'PostCompact',
  'Elicitation',
  'ElicitationResult',
  'SessionEnd',
]

/** The hooks that report to Muster. The agent waits for them: they are short, and none decides. */
export function claudeCodeHooks(options: HookOptions): Hooks {
  const command = commandHook(options)
  // Claude Code refuses http hooks to other addresses of a local network; curl goes anywhere.
  const isHere = isLoopback(options.origin)
  const hooks: Record<string, Handler> = {}
  for (const event of COMMAND_EVENTS) hooks[event] = command
  for (const event of HTTP_EVENTS) {
    // All hooks of the end of a session together have a second and a half.
    hooks[event] = isHere ? httpHook(options, event === 'SessionEnd' ? 1 : 2) : command
  }
  return hooks
}

/** Known by the path alone, so that another address or an older version is replaced. */
export function isClaudeCodeHook({ type, url, command }: Handler): boolean {
  if (type === 'http') return typeof url === 'string' && pathOf(url) === CLAUDE_CODE_PATH
  return typeof command === 'string' && /\bcurl\b.*\/hooks\/claude-code(?![\w/-])/s.test(command)
}

function isLoopback(origin: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname)
}

/** The name of this machine as `X-Muster-Host` takes it; none where the project may go elsewhere. */
export function hostOf({ origin, scope }: HookOptions): string | null {
  if (isLoopback(origin)) return null
  const name = hostname()
    .replace(/[^\w.:-]/g, '-')
    .slice(0, 200)
  return scope === 'user' ? name : '$(hostname)'
}

/** Its path as a shell reads it; relative to $HOME where the settings may be shared with other users. */
export function tokenFileFor(
  { tokenFile, scope }: HookOptions,
  shell: 'sh' | 'cmd',
): string | null {
  if (tokenFile === null) return null
  if (shell === 'cmd') {
    return `"${scope === 'user' ? tokenFile : `%USERPROFILE%\\${TOKEN_FILE_NAME}`}"`
  }
  if (scope === 'project') return `"$HOME/${TOKEN_FILE_NAME}"`
  // On Windows the shell is bash, for which a backslash is no part of a path.
  return `'${tokenFile.replaceAll('\\', '/').replaceAll("'", `'\\''`)}'`
}

function commandHook(options: HookOptions): Handler {
  const url = `${options.origin}${CLAUDE_CODE_PATH}`
  const tokenFile = tokenFileFor(options, 'sh')
  return {
    type: 'command',
    command: curlCommand({ url, tokenFile, host: hostOf(options), shell: 'sh' }),
    timeout: 2,
  }
}

function httpHook({ origin, tokenFile }: HookOptions, timeout: number): Handler {
  const hook = { type: 'http', url: `${origin}${CLAUDE_CODE_PATH}`, timeout }
  if (tokenFile === null) return hook
  // Claude Code reads the variable itself.
  const headers = { Authorization: 'Bearer $MUSTER_TOKEN' }
  return { ...hook, headers, allowedEnvVars: ['MUSTER_TOKEN'] }
}

function pathOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).pathname : null
}
