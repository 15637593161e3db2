import { afterEach, describe, expect, it } from 'vitest'
import { openTestClient, type TestClient } from '../../test/support/fake-response'
import { lastOf, patches, start, stopAll } from '../../test/support/page-streams'
import { TestPage } from '../../test/support/stream-page'
import { until } from '../../test/support/wait'
import { FairSemaphore } from '../concurrency/fair-semaphore'
import { TooManyPages } from './page-registry'

afterEach(stopAll)

type Stage = ReturnType<typeof start>

/** Opens a stream of a visitor, as a route does. */
async function open({ streams }: Stage, visitor: string, topics: string[]): Promise<TestClient> {
  await streams.prepare(topics, visitor)
  const client = openTestClient({ visitor })
  streams.serve(client.connection, topics, streams.cursor)
  return client
}

const reasonOf = (client: TestClient) =>
  client.events().flatMap(({ event, data }) => (event === 'close' ? [JSON.parse(data).reason] : []))

describe('when all lanes are taken', () => {
  it('a page that nobody watches is read for its answer alone, and not kept', async () => {
    const stage = start({ maxPages: 2 })
    await open(stage, 'ada', ['a', 'b'])
    expect(await stage.streams.page('c', 'bob')).toMatchObject({ cursor: 100 })
    await expect(stage.streams.page('c', 'ada')).resolves.toBeDefined()
    const changes = await stage.streams.changes(['c', 'a'], 50, 'ada')
    expect(changes.html).toContain('c-count')
    expect(changes.cursor).toBe(100)
    expect(stage.streams.pageCount).toBe(2)
  })

  it('equal requests that come together read it once', async () => {
    const stage = start({ maxPages: 1 })
    await open(stage, 'ada', ['a'])
    const pages = await Promise.all(
      Array.from({ length: 20 }, (_, n) => stage.streams.page('c', `visitor-${n}`)),
    )
    expect(new Set(pages.map(({ page }) => page)).size).toBe(1)
    const again = await stage.streams.page('c', 'bob')
    expect(again.page).not.toBe(pages[0]?.page)
  })

  it('rows that come while it is read are in its answer, or after its cursor', async () => {
    const stage = start({ maxPages: 1 })
    const client = await open(stage, 'ada', ['a'])
    let finish = () => {}
    const answer = stage.streams.page('c', 'bob')
    const page = stage.pages.get('c')
    if (page) page.loading = new Promise((resolve) => (finish = resolve))
    stage.happen(['a'], 'new')
    await until('the lane has it', () => lastOf(client)?.id === 101)
    finish()
    const { cursor } = await answer
    expect([cursor, page?.rows]).toEqual(cursor === 100 ? [100, []] : [101, [101]])
  })

  it('a stream of a visitor below its share has them from the newest of who holds most', async () => {
    const stage = start({ maxPages: 4 })
    const first = await open(stage, 'ada', ['a', 'b'])
    const second = await open(stage, 'ada', ['c', 'd'])
    const other = await open(stage, 'bob', ['e', 'f'])
    expect([reasonOf(first), reasonOf(second)]).toEqual([[], ['busy']])
    stage.happen(['a', 'e'], 'new')
    await until('both are told', () => patches(first).length > 0 && patches(other).length > 0)
    expect(stage.streams.pageCount).toBe(4)
    await expect(open(stage, 'bob', ['g'])).rejects.toThrow(TooManyPages)
    await expect(open(stage, 'ada', ['h'])).rejects.toThrow(TooManyPages)
    expect([reasonOf(first), reasonOf(other)]).toEqual([[], []])
  })

  it('a visitor alone may have all of them, and is refused one more', async () => {
    const stage = start({ maxPages: 3 })
    await open(stage, 'ada', ['a', 'b', 'c'])
    await expect(open(stage, 'ada', ['d'])).rejects.toThrow(TooManyPages)
    await expect(open(stage, 'ada', ['a', 'b'])).resolves.toBeDefined()
  })

  it('two who always want more than there is come to rest', async () => {
    const stage = start({ maxPages: 8 })
    const clients: TestClient[] = []
    for (let round = 0; round < 30; round++) {
      for (const visitor of ['ada', 'bob']) {
        const topics = [`${visitor}-${round}-x`, `${visitor}-${round}-y`]
        await open(stage, visitor, topics).then(
          (client) => clients.push(client),
          (error: unknown) => expect(error).toBeInstanceOf(TooManyPages),
        )
      }
    }
    const ended = clients.filter((client) => reasonOf(client).length > 0)
    expect([clients.length - ended.length, ended.length <= 4]).toEqual([4, true])
  })

  it('what a request waits for is not taken away meanwhile', async () => {
    const stage = start({ maxPages: 1 })
    let finish = () => {}
    const slow = stage.streams.changes(['a'], 50, 'ada')
    const page = stage.pages.get('a')
    if (page) page.loading = new Promise((resolve) => (finish = resolve))
    await expect(stage.streams.page('b', 'bob')).resolves.toBeDefined()
    finish()
    expect((await slow).html).toContain('a-count')
    expect(stage.streams.pageCount).toBe(1)
  })
})

/** A page that keeps the event loop busy while it is brought up to date. */
class CostlyPage extends TestPage {
  override async update(): Promise<void> {
    const end = performance.now() + 5
    while (performance.now() < end);
    this.updates++
  }
}

const names = (visitor: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${visitor}-${n}`)

describe('while pages are brought up to date', () => {
  it('another visitor’s is sent before most of those that one visitor has open', async () => {
    const pages = new Map<string, TestPage>()
    const stage = start({
      createPage: (topic) => {
        const page = new CostlyPage([{ id: topic, text: '0' }])
        pages.set(topic, page)
        return page
      },
    })
    const theirs = names('ada', 60)
    const greedy = await open(stage, 'ada', theirs)
    const client = await open(stage, 'bob', ['bob-0'])
    await until('all is sent that a new client lacks', () => lastOf(client)?.id === 100)
    for (const [topic, page] of pages) page.elements = [{ id: topic, text: 'new' }]
    const updates = () => theirs.filter((name) => pages.get(name)?.updates === 1).length
    stage.happen([], '')
    await until('it is sent', () => lastOf(client)?.id === 101)
    expect(updates()).toBeLessThan(30)
    await until('the others are sent too', () => lastOf(greedy)?.id === 101)
    expect(updates()).toBe(60)
  })

  it('another visitor’s is read anew while one visitor’s take their time', async () => {
    const stage = start({ loads: new FairSemaphore({ atOnce: 2, atOncePerKey: 1 }) })
    const theirs = names('ada', 4)
    const greedy = await open(stage, 'ada', theirs)
    const client = await open(stage, 'bob', ['bob-0'])
    let finish = () => {}
    const loading = new Promise<void>((resolve) => (finish = resolve))
    for (const name of theirs) Object.assign(stage.pages.get(name) ?? {}, { loading })
    for (const [topic, page] of stage.pages) page.elements = [{ id: topic, text: 'new' }]
    stage.skip(150)
    try {
      await until('it is sent', () => client.response.text.includes('new'))
      expect(greedy.response.text).not.toContain('new')
    } finally {
      finish()
    }
    await until('the others are sent too', () => greedy.response.text.includes('new'))
  })
})

describe('while pages wait to be read', () => {
  it('no visitor waits in the long line of another one who wants the same page', async () => {
    const stage = start({ loads: new FairSemaphore({ atOnce: 1 }) })
    let finish = () => {}
    const answers = [stage.streams.page('first', 'ada')]
    const first = stage.pages.get('first')
    if (first) first.loading = new Promise((resolve) => (finish = resolve))
    const keys = Array.from({ length: 50 }, (_, n) => `page-${n}`)
    answers.push(...[...keys, 'same'].map((key) => stage.streams.page(key, 'ada')))
    const readBefore = stage.streams
      .page('same', 'bob')
      .then(() => keys.filter((key) => stage.pages.get(key)?.loads === 1).length)
    finish()
    expect(await readBefore).toBeLessThan(5)
    await Promise.all(answers)
    expect(stage.pages.get('same')?.loads).toBe(1)
  })

  it('one whose own turn did not come has it in the turn of another', async () => {
    const stage = start({ loads: new FairSemaphore({ atOnce: 1, maxWaiting: 2 }) })
    let finish = () => {}
    const first = stage.streams.page('first', 'ada')
    const page = stage.pages.get('first')
    if (page) page.loading = new Promise((resolve) => (finish = resolve))
    const same = [stage.streams.page('same', 'ada'), stage.streams.page('same', 'bob')]
    const refused = [stage.streams.page('same', 'cleo'), stage.streams.page('other', 'cleo')]
    finish()
    await expect(first).resolves.toBeDefined()
    for (const answer of [...same, refused[0]]) await expect(answer).resolves.toBeDefined()
    await expect(refused[1]).rejects.toThrow('busy')
  })
})
