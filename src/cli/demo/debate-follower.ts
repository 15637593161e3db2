import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Target } from './post'

const RETRY_MS = 1_000

export interface Intervention {
  readonly interventionId: string
  readonly content: string
  readonly directedTo: string | null
}

/** Follows the stream of a debate: whether it is paused, and what is put into it. */
export class DebateFollower {
  isPaused = false
  isOver = false
  /** Unanswered interventions, oldest first. */
  readonly open: Intervention[] = []
  private cursor: string | null = null
  private readonly waiting = new Set<() => void>()
  private readonly ended = new AbortController()

  constructor(
    private readonly target: Target,
    private readonly debateId: string,
  ) {}

  /** Reads until the debate is over or `close` is called; comes back whenever it is cut. */
  async follow(): Promise<void> {
    const { signal } = this.ended
    while (!signal.aborted && !this.isOver) {
      // Whatever is wrong may be over when it is tried again.
      await this.read().catch(() => undefined)
      if (!this.isOver) await this.changed(RETRY_MS)
    }
  }

  close(): void {
    this.ended.abort()
    this.wake()
  }

  /** Resolves when something has happened in the debate, or after `ms`. */
  changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.waiting.add(done)
    })
  }

  private async read(): Promise<void> {
    const { url, token } = this.target
    const response = await fetch(new URL(`/api/debates/${this.debateId}/stream`, url), {
      headers: {
        Accept: 'text/event-stream',
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(this.cursor !== null && { 'Last-Event-ID': this.cursor }),
      },
      signal: this.ended.signal,
    })
    this.isOver = response.status === 204
    if (!response.ok || !response.body) return
    const parser = createParser({ onEvent: (event) => this.take(event) })
    const decoder = new TextDecoder()
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }))
  }

  private take({ event, id, data }: EventSourceMessage): void {
    if (id !== undefined) this.cursor = id
    const facts = JSON.parse(data) as Intervention & { status?: string }
    if (event === 'connected') this.isPaused = facts.status === 'paused'
    if (event === 'pause') this.isPaused = true
    if (event === 'resume') this.isPaused = false
    if (event === 'complete') this.isOver = true
    if (event === 'intervention') this.open.push(facts)
    this.wake()
  }

  private wake(): void {
    for (const done of [...this.waiting]) done()
  }
}
