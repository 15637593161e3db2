import { randomUUID } from 'node:crypto'
import { DebateFollower } from './debate-follower'
import type { DebateStory } from './debate-story'
import { type Answer, postJson, sendJson, type Target } from './post'

/** How long a turn takes, and how long after a debate the next one begins. */
const TURN_MS = 4_000
const BETWEEN_MS = 30_000
/** How long it waits before it asks again whether it may go on. */
const PATIENCE_MS = 2_000

interface DebaterOptions {
  readonly target: Target
  /** Of the demo: it is taken away with it. */
  readonly project: string
  readonly speed: number
  readonly print: (line: string) => void
}

/**
 * A mock orchestrator: it argues a scripted debate through the public API, stops while it is paused,
 * and answers interventions.
 */
export class Debater {
  private isStopped = false
  private follower: DebateFollower | null = null

  constructor(private readonly options: DebaterOptions) {}

  /** Ends after the step that is under way. */
  stop(): void {
    this.isStopped = true
    this.follower?.close()
  }

  /** Argues the story, once or again and again. */
  async play(story: DebateStory, once: boolean): Promise<void> {
    do {
      await this.argue(story)
      if (!once) await this.rest(BETWEEN_MS)
    } while (!once && !this.isStopped)
  }

  private async argue(story: DebateStory): Promise<void> {
    const { target, print } = this.options
    const id = randomUUID()
    await this.announce(story, 'processing')
    const { project } = this.options
    const { title, sides } = story
    await this.post('/api/debates', { id, project, title, sides, speaker: 'moderator' })
    print(`“${title}” begins: ${new URL(`/debates/${id}`, target.url)}`)
    const follower = new DebateFollower(target, id)
    this.follower = follower
    const following = follower.follow()
    for (const step of stepsOf(story)) {
      if (!follower.isOver) await this.take(step, story, { id, follower })
    }
    if (!this.isStopped) await this.move({ path: '/complete', body: {} }, { id, follower })
    follower.close()
    await following
    await this.announce(story, 'complete')
    print(this.isStopped ? 'Stopped' : `“${title}” is complete`)
  }

  private async take(step: Step, story: DebateStory, at: Debate): Promise<void> {
    await this.rest(TURN_MS * (0.7 + 0.6 * Math.random()))
    await this.answerAll(story, at)
    if (this.isStopped) return
    await this.move(step, at)
    this.options.print(step.line)
  }

  private async answerAll({ answers }: DebateStory, at: Debate): Promise<void> {
    for (;;) {
      const [put] = at.follower.open
      if (!put || this.isStopped) return
      const speaker = put.directedTo ?? 'moderator'
      const path = `/interventions/${put.interventionId}/response`
      await this.move({ path, body: { speaker, response: answers[speaker] ?? '…' } }, at)
      at.follower.open.shift()
      this.options.print(`    ${speaker} answers an intervention`)
    }
  }

  /** Does it as soon as the debate is not paused. What had been done already is done. */
  private async move({ path, body }: Pick<Step, 'path' | 'body'>, at: Debate): Promise<void> {
    const { id, follower } = at
    for (let isTold = false; !this.isStopped; isTold = true) {
      if (!follower.isPaused) {
        const { status, body: answer } = await this.post(`/api/debates/${id}${path}`, body)
        // The stream may lag behind: the pause may be newer or already over.
        if (status !== 409 || answer.reason !== 'paused') return
      }
      if (!isTold) this.options.print('    paused')
      await follower.changed(PATIENCE_MS)
    }
  }

  /** An outcome that is not known is found out by sending it again: everything counts once. */
  private async post(path: string, body: object): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await sendJson(this.options.target, path, body).catch((error: Error) => error)
      if (!(answer instanceof Error)) {
        if (answer.status < 400 || answer.status === 409) return answer
        if (answer.status !== 503)
          throw new Error(`Muster answers ${answer.status}: ${answer.text}`)
      } else if (attempt === 10) throw answer
      if (this.isStopped) return { status: 503, text: '', body: {} }
      await this.rest(PATIENCE_MS)
    }
  }

  /** Its speakers are agents of the fleet. */
  private async announce({ title, sides }: DebateStory, state: string): Promise<void> {
    const { target, project } = this.options
    const reports = Object.values(sides).map(({ agent }) => ({
      type: state === 'processing' ? 'debate_joined' : 'debate_left',
      project,
      agent,
      state,
      message: title,
    }))
    await postJson(target, '/api/events', reports)
  }

  /** Ends early when it is stopped. */
  private async rest(ms: number): Promise<void> {
    const endsAt = Date.now() + ms / this.options.speed
    while (!this.isStopped && Date.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(200, endsAt - Date.now())))
    }
  }
}

interface Debate {
  readonly id: string
  readonly follower: DebateFollower
}

interface Step {
  readonly path: string
  readonly body: object
  /** What a person at the console reads. */
  readonly line: string
}

/** The first phase is there from the beginning. */
function stepsOf({ phases }: DebateStory): Step[] {
  return phases.flatMap(({ phase, turns }, index) => {
    const [first] = turns
    const body = { phase, speaker: first?.[0] ?? 'moderator' }
    const opening = index === 0 ? [] : [{ path: '/phase', body, line: phase }]
    return [...opening, ...turns.map((turn) => stepOf(phase, turn))]
  })
}

function stepOf(phase: string, [speaker, content]: readonly [string, string]): Step {
  const line = `    ${speaker}: ${content.split('\n', 1)[0] ?? ''}`
  return { path: '/utterances', body: { id: randomUUID(), phase, speaker, content }, line }
}
