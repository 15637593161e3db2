import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import fc from 'fast-check'
import { encodeFrame } from '../src/stream/frame'
import { test as base, expect } from './fixtures'

interface Event {
  readonly event: string
  readonly data: string
  readonly lastEventId: string
}

interface Case {
  /** What is sent, one piece after the other. */
  readonly pieces: readonly Buffer[]
  /** What `encodeFrame` was given, where it made the stream. */
  readonly expected: readonly Event[] | null
}

const CASES = 300
const NAMES = ['message', 'turn', 'ä']
/** No generated stream holds it by itself. */
const END = Buffer.from('\n\nid: the end\nevent: the-end\ndata: x\n\n')

/** Plain http: each path is a stream, each piece of it a packet. */
async function serve(cases: readonly Case[], script: string): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const wanted = cases[Number(url.slice(1))]
    if (url.startsWith('/script')) {
      response.setHeader('Content-Type', 'text/javascript').end(script)
    } else if (url === '/' || !wanted) {
      response.setHeader('Content-Type', 'text/html').end('<script src="/script"></script>')
    } else {
      response.socket?.setNoDelay(true)
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      const pieces = [...wanted.pieces, END]
      const next = () => {
        const piece = pieces.shift()
        if (piece === undefined) response.end()
        else response.write(piece, () => setImmediate(next))
      }
      next()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Reads a stream twice, in the page: as browsers do, and as the page's script does. */
async function readTwice(path: string) {
  const { readEventStream } = Reflect.get(window, 'reader') as {
    readEventStream: (
      url: string,
      cursor: string,
      signal: AbortSignal,
      callbacks: { onOpen(): void; onBytes(): void; onEvent(event: Event): void },
    ) => Promise<void>
  }
  const brief = ({ event, data, lastEventId }: Event) => ({
    event,
    lastEventId,
    data: data.length > 10_000 ? `${data.length}: ${data.slice(0, 100)}` : data,
  })
  const native = new Promise<Event[]>((resolve) => {
    const events: Event[] = []
    const source = new EventSource(path)
    for (const name of ['message', 'turn', 'ä', 'evil', 'the-end']) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        if (name !== 'the-end') events.push(brief({ event: name, data, lastEventId }))
        else {
          source.close()
          resolve(events)
        }
      })
    }
  })
  const ours: Event[] = []
  await readEventStream(path, '', new AbortController().signal, {
    onOpen() {},
    onBytes() {},
    onEvent: (event) => event.event !== 'the-end' && ours.push(brief(event)),
  })
  return { native: await native, ours }
}

const nastyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\r', '\n', '\r\n', '\0', '\u2028', '\uFEFF', ':', ' ', 'data: ', '\uD800'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  ),
  maxLength: 40,
})
/** Streams that nobody should send, but might. */
const rawStream = fc
  .tuple(
    fc.constantFrom('', '\uFEFF', '\uFEFF\uFEFF', '\u00EF\u00BB\u00BF'),
    fc.array(
      fc.constantFrom(
        ...[
          'data',
          'data:',
          'data: a',
          'data:  b',
          'id: 7',
          'id',
          'id: 8\0',
          'event: turn',
          'event:',
        ],
        ...[
          'event: evil',
          ': comment',
          'retry: 1',
          'datax: 1',
          ' data: no',
          '\uFEFFdata: c',
          '',
          '',
        ],
      ),
      { maxLength: 14 },
    ),
    fc.array(fc.constantFrom('\n', '\r', '\r\n'), { minLength: 14, maxLength: 14 }),
  )
  .map(([mark, lines, ends]) => {
    // Chromium drops the event after a byte order mark that is a line of its own.
    const first = mark === '' ? '' : ': begins\n'
    return mark + first + lines.map((line, n) => line + ends[n]).join('')
  })
const encoded = fc.array(fc.tuple(fc.constantFrom(...NAMES), nastyText), {
  minLength: 1,
  maxLength: 5,
})

function cut(bytes: Buffer, places: readonly number[] | 'everywhere'): Buffer[] {
  const all = places === 'everywhere' ? [...bytes.keys()] : places.map((at) => at % bytes.length)
  const sorted = [0, ...new Set(all.sort((a, b) => a - b)), bytes.length]
  return sorted.slice(1).map((to, n) => bytes.subarray(sorted[n], to))
}

function caseOf(frames: readonly (readonly [string, string])[], places: number[] | 'everywhere') {
  const bytes = Buffer.from(
    frames.map(([event, data], id) => encodeFrame({ event, id, data })).join(''),
  )
  const expected = frames.map(([event, data], id) => ({
    event,
    data: Buffer.from(data.replace(/\r\n?/g, '\n')).toString(),
    lastEventId: String(id),
  }))
  return { pieces: cut(bytes, places), expected }
}

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)
const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number) =>
  fc.sample(arbitrary, { seed, numRuns: count })
const places = fc.oneof(
  fc.constant('everywhere' as const),
  fc.array(fc.nat(2_000), { maxLength: 6 }),
)

const MEGABYTE = 1024 * 1024

const test = base.extend<{ cases: Case[]; address: string }>({
  cases: async ({ muster: _ }, use) =>
    use([
      ...sample(fc.tuple(encoded, places), CASES / 2).map(([frames, cuts]) => caseOf(frames, cuts)),
      ...sample(fc.tuple(rawStream, places), CASES / 2).map(([text, cuts]) => ({
        pieces: cut(Buffer.from(text), cuts),
        expected: null,
      })),
      caseOf([['turn', '']], 'everywhere'),
      { ...caseOf([['turn', 'x'.repeat(MEGABYTE)]], [70_000, 500_000]), expected: null },
    ]),
  address: async ({ cases }, use) => {
    const { outputFiles } = await build({
      entryPoints: ['src/browser/live/event-stream.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'reader',
      write: false,
    })
    const server = await serve(cases, outputFiles[0]?.text ?? '')
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.closeAllConnections()
    server.close()
  },
})

test('the browser’s EventSource, our reader and our encoder agree on every stream', async ({
  page,
  address,
  cases,
}) => {
  await page.goto(address)
  const lanes = [0, 1, 2].map(async (lane) => {
    for (let n = lane; n < cases.length; n += 3) {
      const one = cases[n]
      const { native, ours } = await page.evaluate(readTwice, `/${n}`)
      const what = `seed ${seed}, case ${n}: ${JSON.stringify(one?.pieces.join('|').slice(0, 300))}`
      expect(ours, what).toEqual(native)
      if (one?.expected) expect(ours, what).toEqual(one.expected)
    }
  })
  await Promise.all(lanes)
  const last = await page.evaluate(readTwice, `/${cases.length - 1}`)
  expect(
    last.ours.map(({ data }) => data.slice(0, 8)),
    'a megabyte',
  ).toEqual(['1048576:'])
})
