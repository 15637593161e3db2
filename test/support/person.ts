import type { TestMuster } from './muster'

export interface TestView {
  readonly id: string
  readonly name: string
  readonly filters: object
}

/** Somebody with a browser at the machine, as the server knows them: by their cookie. */
export class TestPerson {
  private constructor(
    private readonly muster: TestMuster,
    readonly cookie: string,
  ) {}

  static async come(muster: TestMuster): Promise<TestPerson> {
    const page = await muster.fetch('/')
    const cookie = page.headers.getSetCookie().find((text) => text.startsWith('muster_person='))
    await page.arrayBuffer()
    return new TestPerson(muster, cookie?.split(';')[0] ?? '')
  }

  ask(path: string, init: { method?: string; body?: unknown; type?: string } = {}) {
    const { method = 'GET', body, type = 'application/json' } = init
    return this.muster.fetch(path, {
      method,
      headers: { Cookie: this.cookie, ...(body !== undefined && { 'Content-Type': type }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  async save(name: string, filters: object = {}): Promise<TestView> {
    const answer = await this.ask('/api/v2/configurations', {
      method: 'POST',
      body: { name, filters },
    })
    if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as TestView
  }
}
