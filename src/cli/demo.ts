import { parseArgs } from 'node:util'
import { type DemoAgent, STORY, type Step } from './demo-story'
import { defaultUrl, postJson } from './http'

const HELP = `Reports a made-up fleet of ${STORY.length} agents, so that the board has something to show.

  npm run demo -- [--speed N] [--url ADDRESS]
  npm run demo -- --clear

  --speed N  N times as fast as usual (default 1)
  --once     stops when every agent is where its story leads
  --clear    removes all demo data, and nothing else
  --url      where Muster is (default ${defaultUrl()}, or HOST and PORT if set)
`

/** The repository says whose data it is: the page marks it, and --clear finds it. */
const REPOSITORY = 'demo://muster/'

/** Runs the command and resolves to its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      speed: { type: 'string', default: '1' },
      url: { type: 'string', default: defaultUrl() },
      once: { type: 'boolean', default: false },
      clear: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const speed = Number(values.speed)
  if (!(speed > 0 && speed <= 1_000))
    throw new Error(`--speed has to be a number from 0 to 1000, not “${values.speed}”`)
  if (values.clear) return clear(values.url)
  const fleet = new DemoFleet(values.url, speed)
  process.once('SIGINT', () => fleet.stop())
  console.log(
    `${STORY.length} made-up agents report to ${values.url}; Ctrl-C ends it, --clear takes them away again`,
  )
  await fleet.play(values.once)
  return 0
}

async function clear(url: string): Promise<number> {
  const answer = await postJson(url, '/api/demo/clear', {})
  console.log(`${Number(Reflect.get(Object(answer), 'projects'))} demo projects removed`)
  return 0
}

class DemoFleet {
  private isStopped = false
  private posted = 0
  private toolCount = 0
  /** Sessions of this run are others than those of the last. */
  private readonly run = Date.now().toString(36)
  private readonly waiting = new Set<() => void>()

  constructor(
    private readonly url: string,
    private readonly speed: number,
  ) {}

  stop(): void {
    this.isStopped = true
    for (const wake of this.waiting) wake()
  }

  async play(once: boolean): Promise<void> {
    await Promise.all(STORY.map((agent, index) => this.playAgent(agent, index, once)))
    process.stdout.write('\n')
  }

  private async playAgent(agent: DemoAgent, index: number, once: boolean): Promise<void> {
    const session = `demo-${this.run}-${index}`
    const state = { session, turn: 0, openTool: '' }
    await this.take(agent, state, {
      afterMs: index * 150,
      event: 'SessionStart',
      fields: { source: 'startup', session_title: agent.title, model: agent.model },
    })
    for (const step of agent.opening) await this.take(agent, state, step)
    while (!once && agent.loop.length > 0 && !this.isStopped) {
      for (const step of agent.loop) await this.take(agent, state, step)
    }
  }

  private async take(
    agent: DemoAgent,
    state: { session: string; turn: number; openTool: string },
    step: Step,
  ): Promise<void> {
    await this.pause((step.afterMs * (0.7 + 0.6 * Math.random())) / this.speed)
    if (this.isStopped) return
    if (step.event === 'UserPromptSubmit') state.turn++
    if (step.event === 'PreToolUse') state.openTool = `demo-tool-${this.run}-${this.toolCount++}`
    const isTool = step.event.includes('ToolUse')
    await postJson(this.url, '/hooks/claude-code', {
      session_id: state.session,
      hook_event_name: step.event,
      repository: `${REPOSITORY}${agent.project}`,
      cwd: `/demo/${agent.project}`,
      ...(state.turn > 0 && { prompt_id: `${state.session}-${state.turn}` }),
      ...(isTool && { tool_use_id: state.openTool }),
      ...step.fields,
    })
    this.posted++
    if (process.stdout.isTTY) process.stdout.write(`\r${this.posted} hooks posted `)
  }

  /** Ends early when the fleet is stopped. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.waiting.add(wake)
    })
  }
}
