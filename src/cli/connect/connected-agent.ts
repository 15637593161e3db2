import { existsSync } from 'node:fs'
import path from 'node:path'
import type { CliContext } from '../context'
import {
  CLAUDE_CODE_PATH,
  claudeCodeHooks,
  type HookOptions,
  isClaudeCodeHook,
  type Scope,
} from './claude-code-settings'
import { CODEX_PATH, codexHooks, isCodexHook, notifyProgram } from './codex-settings'
import type { IsOurs } from './hooks-file'
import {
  planHooks,
  planNotify,
  planWithoutHooks,
  planWithoutNotify,
  type SettingsChange,
} from './settings-change'

/** An agent that this machine may have, and where it keeps its settings. */
export interface ConnectedAgent {
  name: AgentName
  title: string
  program: string
  /** Where it keeps its own things. */
  home: string
  /** The file with hooks in it. */
  file: string
  /** The file with `notify` in it; null where there is none. */
  notifyFile: string | null
  hookPath: string
  isOurs: IsOurs
  scope: Scope
}
export const AGENT_NAMES = ['claude-code', 'codex'] as const
export type AgentName = (typeof AGENT_NAMES)[number]

export interface Plan {
  changes: SettingsChange[]
  /** What people should know about it. */
  notes: string[]
}

export function agentCalled(
  name: AgentName,
  { scope, project }: { scope: Scope; project: string },
  { env, home }: CliContext,
): ConnectedAgent {
  const isUser = scope === 'user'
  if (name === 'claude-code') {
    const own = env.CLAUDE_CONFIG_DIR || path.join(home, '.claude')
    return {
      name,
      title: 'Claude Code',
      program: 'claude',
      home: own,
      file: path.join(isUser ? own : path.join(project, '.claude'), 'settings.json'),
      notifyFile: null,
      hookPath: CLAUDE_CODE_PATH,
      isOurs: isClaudeCodeHook,
      scope,
    }
  }
  const own = env.CODEX_HOME || path.join(home, '.codex')
  return {
    name,
    title: 'Codex',
    program: 'codex',
    home: own,
    file: path.join(isUser ? own : path.join(project, '.codex'), 'hooks.json'),
    // Codex reads it from a person's own settings only.
    notifyFile: isUser ? path.join(own, 'config.toml') : null,
    hookPath: CODEX_PATH,
    isOurs: isCodexHook,
    scope,
  }
}

/** Its folder is there, or its program can be started. */
export function isInstalled({ home, program }: ConnectedAgent, around: CliContext): boolean {
  if (existsSync(home)) return true
  const { env, platform } = around
  const ends = platform === 'win32' ? ['.exe', '.cmd', '.ps1', ''] : ['']
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter((one) => one !== '')
  return folders.some((folder) => ends.some((end) => existsSync(path.join(folder, program + end))))
}

export async function planConnection(
  agent: ConnectedAgent,
  options: HookOptions,
  { platform }: CliContext,
): Promise<Plan> {
  const place = placeOf(agent)
  if (agent.name === 'claude-code') {
    const notes =
      options.tokenFile === null
        ? []
        : ['Claude Code takes the token from MUSTER_TOKEN: set it where you start it.']
    return { changes: [await planHooks(place, claudeCodeHooks(options))], notes }
  }
  const changes = [await planHooks(place, codexHooks(options, platform))]
  const notes = [
    'Codex runs new hooks once you trust them: start it and look through /hooks. Older versions need codex_hooks = true under [features] in config.toml as well.',
  ]
  if (agent.notifyFile === null) return { changes, notes }
  const notify = await planNotify(agent.notifyFile, notifyProgram(options, platform))
  if (notify) changes.push(notify)
  else notes.push(`${agent.notifyFile} has a notify already, which stays; the hooks do without it.`)
  return { changes, notes }
}

export async function planDisconnection(agent: ConnectedAgent): Promise<Plan> {
  const changes = [await planWithoutHooks(placeOf(agent))]
  if (agent.notifyFile !== null) changes.push(await planWithoutNotify(agent.notifyFile))
  return { changes, notes: [] }
}

/** A project's folder of settings is there for the file in it; a person's has more in it. */
function placeOf({ file, isOurs, scope }: ConnectedAgent) {
  return { file, isOurs, folderToo: scope === 'project' }
}
