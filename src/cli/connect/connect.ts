import { type Command, UsageError } from '../command'
import type { CliContext } from '../context'
import { checkAgents } from './connect-check'
import { type ConnectOptions, parseConnectOptions } from './connect-options'
import {
  AGENT_NAMES,
  agentCalled,
  type ConnectedAgent,
  isInstalled,
  type Plan,
  planConnection,
  planDisconnection,
} from './connected-agent'
import { lineDiff } from './line-diff'
import { makeChange, type SettingsChange, SettingsConflict } from './settings-change'
import { planTokenFile, tokenFileIn } from './token-file'

const HELP = `Connects the coding agents of this machine, so that they report to Muster.

  muster connect [claude-code|codex] [options]

Without a name it takes every agent that it finds. It shows what it would change in their
settings, asks, and keeps a copy of each file that it changes. Nothing else in them changes.

  --scope user|project  your own settings (default), or those of one project
  --project DIR         the project (default: this folder)
  --url ADDRESS         where Muster is (default http://127.0.0.1:4690, or HOST and PORT if set)
  --token               hooks show the token in MUSTER_TOKEN (default if that is set now);
                        it is kept for them in ~/.muster-hooks.curl, which only you can read
  --yes                 does not ask
  --dry-run             shows the change only
  --remove              takes back what was added
  --check               sends a probe through each hook and says what arrived
`

const SECRET = '(the token that hooks show; not printed)'

export const connect: Command = {
  summary: 'lets Claude Code and Codex report to Muster',
  help: HELP,
  async run(args, around) {
    const options = parseConnectOptions(args, around)
    const agents = findAgents(options, around)
    if (options.action === 'check') return checkAgents(agents, options, around)
    const { plans, isFailed } = await planAll(agents, options, around)
    const settings = plans.map(({ file }) => file)
    const secret = await planTokenFile(tokenFileIn(around.home), settings, options.token)
    const all = [secret, ...plans.flatMap((plan) => plan.changes)]
    const changes = all.filter(isNews)
    show(changes, around)
    const code = changes.length > 0 ? await change(changes, options, around) : 0
    const made = code === 0 && !options.isDryRun ? plans.filter(hasNews) : []
    for (const note of made.flatMap(({ notes }) => notes)) around.print(note)
    return isFailed ? 1 : code
  },
}

function findAgents(options: ConnectOptions, around: CliContext): ConnectedAgent[] {
  const { agent, hooks, project } = options
  const place = { scope: hooks.scope, project }
  if (agent !== null) return [agentCalled(agent, place, around)]
  const all = AGENT_NAMES.map((name) => agentCalled(name, place, around))
  const found = all.filter((one) => isInstalled(one, around))
  if (found.length > 0) return found
  throw new UsageError(
    'Neither Claude Code nor Codex is on this machine; name one to connect it all the same',
  )
}

/** With the file of the agent's settings that it is about. */
type AgentPlan = Plan & { readonly file: string }

/** One agent whose settings cannot be read does not keep the others from being connected. */
async function planAll(
  agents: readonly ConnectedAgent[],
  options: ConnectOptions,
  around: CliContext,
): Promise<{ plans: AgentPlan[]; isFailed: boolean }> {
  const plans: AgentPlan[] = []
  let isFailed = false
  for (const agent of agents) {
    try {
      const isRemoval = options.action === 'remove'
      const plan = isRemoval
        ? await planDisconnection(agent)
        : await planConnection(agent, options.hooks, around)
      plans.push({ ...plan, file: agent.file })
      if (hasNews(plan)) continue
      around.print(`${agent.title} ${isRemoval ? 'has nothing of ours' : 'is connected already'}`)
    } catch (error) {
      if (!(error instanceof SettingsConflict)) throw error
      isFailed = true
      around.complain(error.message)
    }
  }
  return { plans, isFailed }
}

function hasNews({ changes }: Plan): boolean {
  return changes.some(isNews)
}

function isNews({ before, after }: SettingsChange): boolean {
  return before !== after
}

function show(changes: readonly SettingsChange[], around: CliContext) {
  for (const { file, before, after, isSecret } of changes) {
    const what = after === null ? ' (removed)' : before === null ? ' (new)' : ''
    around.print(`${file}${what}`)
    const lines = isSecret ? [SECRET] : lineDiff(before ?? '', after ?? '')
    for (const line of lines) around.print(`  ${line}`)
    around.print('')
  }
}

async function change(
  changes: readonly SettingsChange[],
  { isAgreed, isDryRun }: ConnectOptions,
  around: CliContext,
): Promise<number> {
  if (isDryRun) return 0
  if (!isAgreed && !around.isInteractive) {
    around.complain('Nothing was changed: nobody is here to agree. Run it again with --yes.')
    return 2
  }
  if (!isAgreed && !/^y(es)?$/i.test((await around.ask('Change this? [y/N] ')).trim())) {
    around.print('Nothing was changed.')
    return 1
  }
  for (const one of changes) {
    const backup = await makeChange(one)
    const done = one.after === null ? 'Removed' : 'Changed'
    around.print(`${done} ${one.file}${backup === null ? '' : `; as it was: ${backup}`}`)
  }
  return 0
}
