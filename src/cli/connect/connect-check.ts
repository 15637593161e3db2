import { randomUUID } from 'node:crypto'
import type { CliContext } from '../context'
import { readArrivals } from './arrivals'
import type { ConnectOptions } from './connect-options'
import type { ConnectedAgent } from './connected-agent'
import { findHooks, UnsupportedFormat } from './hooks-file'
import { findSwitches } from './hooks-off'
import { JsonFault } from './json-text'
import { findNotify } from './notify-config'
import { notifyPayload, probePayload, sendThrough, sendToNotify } from './probe'
import { readSettings } from './settings-file'

/** One hook that is to be tried. */
interface Trial {
  name: string
  way: string
  session: string
  origin: string | null
  send(): Promise<string | null>
}

/** Tries every hook of ours in the settings of these agents, and says which report arrived. */
export async function checkAgents(
  agents: readonly ConnectedAgent[],
  { project }: ConnectOptions,
  around: CliContext,
): Promise<number> {
  let isAllWell = true
  for (const agent of agents) {
    const trials = await findTrials(agent, around)
    if (typeof trials === 'string') {
      around.complain(trials)
      isAllWell = false
      continue
    }
    const missing = await tryAll(agent, trials, around)
    const switches = await findSwitches(agent, project, around)
    for (const one of switches) around.complain(`${agent.title} does not run them: ${one}`)
    isAllWell &&= missing === 0 && switches.length === 0
  }
  return isAllWell ? 0 : 1
}

async function findTrials(agent: ConnectedAgent, around: CliContext): Promise<Trial[] | string> {
  const { file, name, title, isOurs, hookPath, notifyFile } = agent
  const trials: Trial[] = []
  try {
    for (const { event, handler } of findHooks((await readSettings(file)) ?? '', isOurs)) {
      const session = newSession()
      const payload = probePayload(session, around.folder)
      trials.push({
        name: event,
        way: String(handler.type),
        session,
        origin: originIn(String(handler.url ?? handler.command), hookPath),
        send: () => sendThrough(handler, payload, { agent: name, around }),
      })
    }
  } catch (error) {
    if (!(error instanceof JsonFault || error instanceof UnsupportedFormat)) throw error
    return `${file} cannot be read: ${error.message}`
  }
  const program = notifyFile === null ? null : findNotify((await readSettings(notifyFile)) ?? '')
  if (program) {
    const session = newSession()
    trials.push({
      name: 'notify',
      way: 'program',
      session,
      origin: originIn(program.join(' '), hookPath),
      send: () => sendToNotify(program, notifyPayload(session, around.folder), around),
    })
  }
  if (trials.length > 0) return trials
  return `${title} is not connected: there is nothing of ours in ${file}. Run “muster connect”.`
}

/** Returns how many did not arrive. */
async function tryAll(
  agent: ConnectedAgent,
  trials: readonly Trial[],
  around: CliContext,
): Promise<number> {
  // An unreachable server or a wrong token shows at the first try: no need for thirty.
  const before = await askAll(trials, around)
  const faults = await Promise.all(
    trials.map(({ origin, send }) => {
      const answer = before.get(origin)
      return typeof answer === 'string' ? answer : send()
    }),
  )
  const after = await askAll(trials, around)
  around.print(`${agent.title}: ${agent.file}`)
  let missing = 0
  for (const [index, { name, way, session, origin }] of trials.entries()) {
    const found = after.get(origin)
    const hasArrived = found instanceof Set && found.has(session)
    if (!hasArrived) missing++
    const reason = faults[index] ?? (typeof found === 'string' ? found : 'it was sent, and is lost')
    const result = hasArrived ? 'arrived' : `did not arrive: ${reason}`
    around.print(`  ${name.padEnd(20)} ${way.padEnd(8)} ${result}`)
  }
  around.print(`  ${trials.length - missing} of ${trials.length} arrived`)
  return missing
}

/** What each Muster has received so far, or why it does not say. */
async function askAll(trials: readonly Trial[], around: CliContext) {
  const answers = new Map<string | null, ReadonlySet<string> | string>()
  for (const origin of new Set(trials.map((trial) => trial.origin))) {
    answers.set(origin, origin ? await readArrivals(origin, around) : 'it has no address')
  }
  return answers
}

function newSession(): string {
  return `muster-check-${randomUUID()}`
}

function originIn(text: string, hookPath: string): string | null {
  const [url] = /https?:\/\/[^\s'"]+/.exec(text) ?? []
  return url?.endsWith(hookPath) && URL.canParse(url) ? new URL(url).origin : null
}
