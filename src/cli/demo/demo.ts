import { parseArgs } from 'node:util'
import { defaultAddress, parseAddress } from '../address'
import { type Command, UsageError } from '../command'
import { Debater } from './debate'
import { DEBATE } from './debate-story'
import { postJson, type Target } from './post'
import { CALL_NUMBER, type DemoAgent, STORY, type Step } from './story'

const HELP = `Reports a demo fleet of ${STORY.length} agents, so that the board has something to show.

  npm run demo -- [--speed N] [--once] [--url ADDRESS]
  npm run demo -- --debate [--speed N] [--once] [--url ADDRESS]
  npm run demo -- --clear

  --speed N  N times as fast as usual (default 1)
  --once     ends when every agent is where its story leads, or the debate is over
  --debate   argues a demo debate instead; pause it and intervene on its page
  --clear    removes all demo data, and nothing else
  --url      where Muster is (default http://127.0.0.1:4690, or HOST and PORT if set)
`

/** The repository says whose data it is: the page marks it, and --clear finds it. */
const REPOSITORY = 'demo://muster/'

export const demo: Command = {
  summary: 'reports a demo fleet, to see the board move',
  help: HELP,
  async run(args, { env, print }) {
    const { speed, once, clear, debate, url } = parse(args, defaultAddress(env))
    const target = { url: parseAddress(url), token: env.MUSTER_TOKEN ?? null }
    if (clear) {
      const answer = await postJson(target, '/api/demo/clear', {})
      print(`${Number(Reflect.get(Object(answer), 'projects'))} demo projects removed`)
      return 0
    }
    if (debate) {
      const project = `${REPOSITORY}${STORY[0]?.project}`
      const debater = new Debater({ target, project, speed: parseSpeed(speed), print })
      process.once('SIGINT', () => debater.stop())
      await debater.play(DEBATE, once)
      return 0
    }
    const fleet = new DemoFleet(target, parseSpeed(speed))
    process.once('SIGINT', () => fleet.stop())
    print(
      `${STORY.length} demo agents report to ${target.url}; Ctrl-C ends it, --clear takes them away again`,
    )
    await fleet.play(once)
    return 0
  },
}

function parse(args: string[], address: string) {
  try {
    return parseArgs({
      args,
      options: {
        speed: { type: 'string', default: '1' },
        url: { type: 'string', default: address },
        once: { type: 'boolean', default: false },
        clear: { type: 'boolean', default: false },
        debate: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function parseSpeed(text: string): number {
  const speed = Number(text)
  if (!(speed > 0 && speed <= 1_000)) {
    throw new UsageError(`--speed has to be a number from 0 to 1000, not “${text}”`)
  }
  return speed
}

class DemoFleet {
  private isStopped = false
  private posted = 0
  private toolCount = 0
  /** Sessions of this run are others than those of the last. */
  private readonly run = Date.now().toString(36)
  private readonly waiting = new Set<() => void>()

  constructor(
    private readonly target: Target,
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
    const session = `${(index + 10).toString(36)}${this.run}-demo`
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
    await postJson(this.target, '/hooks/claude-code', {
      session_id: state.session,
      hook_event_name: step.event,
      repository: `${REPOSITORY}${agent.project}`,
      cwd: `/demo/${agent.project}`,
      ...(state.turn > 0 && { prompt_id: `${state.session}-${state.turn}` }),
      ...(isTool && { tool_use_id: state.openTool }),
      ...numbered(step.fields, this.toolCount),
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

function numbered(fields: Step['fields'], call: number): object {
  return JSON.parse(JSON.stringify(fields ?? {}).replaceAll(CALL_NUMBER, String(call)))
}
