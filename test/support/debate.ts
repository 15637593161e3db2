import { randomUUID } from 'node:crypto'
import type { EventSourceMessage } from 'eventsource-parser'
import { StreamClient } from './client'
import type { TestMuster } from './muster'

/** What an answer may say; tests look at no field that is not in theirs. */
interface AnswerBody {
  readonly [field: string]: unknown
  readonly eventId: number
  readonly interventionId: string
  readonly timestamp: string
  readonly projectId: number
  readonly phase: string
  readonly speaker: string
  readonly turnNumber: number
  readonly utteranceCount: number
  readonly elapsedMs: number
  readonly totalDurationMs: number
  readonly utterances: readonly { content: string; number: number }[]
}

export interface Answer {
  readonly status: number
  readonly body: AnswerBody
}

/** A debate of a test, and what its orchestrator and the people who follow it do. */
export class TestDebate {
  private constructor(
    private readonly muster: TestMuster,
    readonly id: string,
    private readonly headers: Record<string, string>,
  ) {}

  static async begin(
    muster: TestMuster,
    fields: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<TestDebate> {
    const id = randomUUID()
    const debate = new TestDebate(muster, id, headers)
    const { status, body } = await debate.send('/api/debates', {
      id,
      project: 'debating',
      title: 'Should the berth map work offline?',
      sides: { pro: { position: 'It should' }, con: { position: 'It should not' } },
      ...fields,
    })
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`)
    return debate
  }

  get path(): string {
    return `/api/debates/${this.id}`
  }

  /** Posts to the debate: `post('/pause')`. */
  post(path: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    return this.send(`${this.path}${path}`, fields)
  }

  say(content: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    return this.post('/utterances', { speaker: 'pro', content, ...fields })
  }

  async get(path = ''): Promise<Answer> {
    const response = await this.muster.fetch(`${this.path}${path}`, { headers: this.headers })
    return { status: response.status, body: (await response.json()) as AnswerBody }
  }

  stream(query = '', headers: Record<string, string> = {}): Promise<StreamClient> {
    const url = `${this.muster.address}${this.path}/stream${query}`
    return StreamClient.open(url, { ...this.headers, ...headers })
  }

  /** Ids of all that happened, as the log has them. */
  async ids(): Promise<number[]> {
    const { rows } = await this.muster.sql(
      'SELECT event_id FROM debate_entries WHERE debate_id = $1 ORDER BY 1',
      [this.id],
    )
    return rows.map((row) => Number(row.event_id))
  }

  /** Makes it long at once, as if all had been said long ago. */
  async fill(count: number): Promise<void> {
    await this.muster.sql(
      `WITH rows AS (
       INSERT INTO events (type, project_id, debate_id, data)
       SELECT 'utterance', project_id, debates.id, jsonb_build_object('utterance_id',
           gen_random_uuid(), 'number', n, 'phase', phase, 'speaker', 'pro',
           'content', repeat('word ', 400))
       FROM debates, generate_series(1, $2::int) AS n WHERE debates.id = $1
       RETURNING id, at, type, debate_id, data)
     INSERT INTO debate_entries (event_id, at, type, debate_id, data)
     SELECT id, at, type, debate_id, data FROM rows`,
      [this.id, count],
    )
    await this.muster.sql('UPDATE debates SET turn_number = $2 WHERE id = $1', [this.id, count])
  }

  private async send(path: string, body: unknown): Promise<Answer> {
    const response = await this.muster.fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...this.headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as AnswerBody }
  }
}

/** What happened in the debate, of all that a stream has brought. */
export function entriesOf(client: StreamClient): EventSourceMessage[] {
  return client.events.filter(({ id, event }) => id !== undefined && event !== 'reset')
}

export function namesOf(client: StreamClient): (string | undefined)[] {
  return client.events.map(({ event }) => event)
}

/** The numbers of what happened, as a stream has brought them. */
export function idsOf(client: StreamClient): number[] {
  return entriesOf(client).map(({ id }) => Number(id))
}

/** Streams of debates that a test opens, to be closed at its end. */
export class DebateStreams {
  readonly open: StreamClient[] = []

  async watch(debate: TestDebate, query = '', cursor?: number): Promise<StreamClient> {
    const client = await debate.stream(query, cursorHeader(cursor))
    this.open.push(client)
    return client
  }

  /** A stream, once its first frames have come. */
  async watchLive(debate: TestDebate): Promise<StreamClient> {
    const client = await this.watch(debate)
    await client.receives('where it is', () => /\nid: \d+\n\n/.test(client.text))
    return client
  }

  close(): void {
    for (const client of this.open) client.close()
  }
}

export function cursorHeader(cursor: number | undefined): Record<string, string> {
  return cursor === undefined ? {} : { 'Last-Event-ID': String(cursor) }
}
