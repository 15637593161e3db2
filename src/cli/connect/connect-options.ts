import path from 'node:path'
import { parseArgs } from 'node:util'
import { defaultAddress, parseAddress } from '../address'
import { UsageError } from '../command'
import type { Surroundings } from '../surroundings'
import type { HookOptions, Scope } from './claude-code-settings'
import { AGENT_NAMES, type AgentName } from './connected-agent'

export interface ConnectOptions {
  /** Null: those that are found on this machine. */
  agent: AgentName | null
  action: 'connect' | 'remove' | 'check'
  hooks: HookOptions
  project: string
  isAgreed: boolean
  isDryRun: boolean
}

export function parseConnectOptions(args: string[], around: Surroundings): ConnectOptions {
  const { values, positionals } = parse(args)
  const [agent = null, more] = positionals
  if (more !== undefined) throw new UsageError(`There is no use for “${more}”`)
  if (agent !== null && !isOneOf(AGENT_NAMES, agent)) {
    throw new UsageError(
      `“${agent}” is no agent that Muster can connect: ${AGENT_NAMES.join(', ')}`,
    )
  }
  if (values.remove && values.check) throw new UsageError('--remove and --check are two things')
  return {
    agent,
    action: values.remove ? 'remove' : values.check ? 'check' : 'connect',
    hooks: {
      origin: parseAddress(values.url ?? defaultAddress(around.env)),
      hasToken: values.token ?? Boolean(around.env.MUSTER_TOKEN?.trim()),
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
