import path from 'node:path'
import { parseArgs } from 'node:util'
import { defaultAddress, parseAddress } from '../address'
import { UsageError } from '../command'
import type { CliContext } from '../context'
import type { HookOptions, Scope } from './claude-code-settings'
import { AGENT_NAMES, type AgentName } from './connected-agent'
import { isToken, tokenFileIn } from './token-file'

export interface ConnectOptions {
  /** Null: those that are found on this machine. */
  agent: AgentName | null
  action: 'connect' | 'remove' | 'check'
  hooks: HookOptions
  /** What hooks show; null: nothing. */
  token: string | null
  project: string
  isAgreed: boolean
  isDryRun: boolean
}

export function parseConnectOptions(args: string[], around: CliContext): ConnectOptions {
  const { values, positionals } = parse(args)
  const [agent = null, more] = positionals
  if (more !== undefined) throw new UsageError(`There is no use for “${more}”`)
  if (agent !== null && !isOneOf(AGENT_NAMES, agent)) {
    throw new UsageError(
      `“${agent}” is no agent that Muster can connect: ${AGENT_NAMES.join(', ')}`,
    )
  }
  const action = values.remove ? 'remove' : values.check ? 'check' : 'connect'
  const given = around.env.MUSTER_TOKEN?.trim() ?? ''
  const token = action === 'connect' ? tokenOf(values.token, given) : null
  if (values.remove && values.check) throw new UsageError('--remove and --check are two things')
  return {
    agent,
    action,
    token,
    hooks: {
      origin: parseAddress(values.url ?? defaultAddress(around.env)),
      tokenFile: token === null ? null : tokenFileIn(around.home),
      scope: scopeOf(values),
    },
    project: path.resolve(around.folder, values.project ?? '.'),
    isAgreed: values.yes ?? false,
    isDryRun: values['dry-run'] ?? false,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        scope: { type: 'string' },
        project: { type: 'string' },
        url: { type: 'string' },
        token: { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        remove: { type: 'boolean' },
        check: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Throws UsageError where a token is wanted and none is there. */
function tokenOf(isWanted: boolean | undefined, token: string): string | null {
  if (token === '') {
    if (!isWanted) return null
    throw new UsageError('Set MUSTER_TOKEN to the token that the hooks are to show')
  }
  if (isToken(token)) return token
  throw new UsageError('MUSTER_TOKEN has characters that a token cannot have')
}

const SCOPES = ['user', 'project'] as const

/** Who names a project means it. */
function scopeOf({ scope, project }: { scope?: string; project?: string }): Scope {
  const named = scope ?? (project === undefined ? 'user' : 'project')
  if (!isOneOf(SCOPES, named)) {
    throw new UsageError(`--scope has to be user or project, not “${named}”`)
  }
  return named
}

function isOneOf<T extends string>(all: readonly T[], text: string): text is T {
  return (all as readonly string[]).includes(text)
}
