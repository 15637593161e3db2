import { get } from 'node:http'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { RawClient } from './client'
import { startTestMuster, type TestMuster } from './muster'

const PATIENCE_MS = 10_000

/** A Muster to be attacked. After each attack it has to be as it was. */
class Victim {
  private answers: string[] = []
  private rowsBefore = 0

  constructor(readonly muster: TestMuster) {}

  get address(): string {
    return this.muster.address
  }

  /** Sends bytes, and returns all that comes until the server hangs up, or has answered `answers` times. */
  async send(bytes: string | Buffer, answers = 1): Promise<string> {
    const client = await RawClient.open(this.address)
    client.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes)
    await client.receives(
      'an answer, or its end',
      () => client.isClosed || countAnswers(client.text) >= answers,
    )
    client.close()
    this.answers.push(client.text)
    return client.text
  }

  /** The same as lines of a head and a body. */
  async ask(lines: readonly string[], body = ''): Promise<number> {
    return statusOf(await this.send(`${lines.join('\r\n')}\r\n\r\n${body}`))
  }

  async begin(): Promise<void> {
    this.answers = []
    this.rowsBefore = await this.rows()
  }

  /** How many rows the attack has left; who logged in meanwhile is noted on purpose. */
  async stored(): Promise<number> {
    return (await this.rows()) - this.rowsBefore
  }

  /** No fault of ours was to be seen, and whoever comes next is served. */
  async expectHealth(): Promise<void> {
    for (const answer of this.answers) {
      const faults = [...answer.matchAll(/^HTTP\/1\.1 (5\d\d)/gm)].map(([, status]) => status)
      expect(faults.filter((status) => status !== '503')).toEqual([])
      for (const [head] of answer.matchAll(/^HTTP\/1\.1 [\s\S]*?\r\n\r\n/gm)) {
        expect(head).toContain('Content-Security-Policy: ')
        expect(head).toContain('X-Content-Type-Options: nosniff')
      }
    }
    expect(JSON.parse(await getAfresh(`${this.muster.address}/health`))).toMatchObject({
      status: 'ok',
    })
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  }

  private async rows(): Promise<number> {
    const { rows } = await this.muster.sql(
      `SELECT (SELECT count(*) FROM events WHERE type NOT LIKE 'access.%') + (SELECT count(*) FROM projects)
         + (SELECT count(*) FROM agents) + (SELECT count(*) FROM report_keys) AS n`,
    )
    return Number(rows[0].n)
  }
}

/** A Muster for the tests of a file; each of them is one attack. */
export function attackedMuster(env: Record<string, string> = {}): { readonly it: Victim } {
  const place: { victim?: Victim } = {}
  beforeAll(async () => {
    place.victim = new Victim(await startTestMuster(env))
    await place.victim.begin()
  })
  afterEach(async () => {
    await place.victim?.expectHealth()
    await place.victim?.begin()
  })
  afterAll(() => place.victim?.muster.stop())
  return {
    get it() {
      if (!place.victim) throw new Error('The Muster to be attacked has not started')
      return place.victim
    },
  }
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

/** Whole answers: those whose announced length has come. */
export function countAnswers(text: string): number {
  let count = 0
  for (let rest = text; ; count++) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return count
    const length = Number(/^content-length: (\d+)/im.exec(rest.slice(0, end))?.[1] ?? 0)
    if (rest.length < end + 4 + length) return count
    rest = rest.slice(end + 4 + length)
  }
}

/**
 * On a connection of its own: one that fetch has kept from before may be closed by the server, for
 * its age, in the moment in which it is used again.
 */
function getAfresh(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: PATIENCE_MS }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    request.on('timeout', () => request.destroy(new Error(`No answer from ${url} in time`)))
    request.on('error', reject)
  })
}
