import { createParser, type EventSourceMessage } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeCursor, encodeFrame, HEARTBEAT, RETRY } from './frame'

const LINE_ENDS = /\r\n|\r|\n/g

describe('a frame', () => {
  it('has its name, its id and its data on lines of their own, and ends in an empty one', () => {
    expect(encodeFrame({ event: 'turn', id: 7, data: '{"a":1}' })).toBe(
      'event: turn\nid: 7\ndata: {"a":1}\n\n',
    )
    expect(encodeFrame({ data: '' })).toBe('data: \n\n')
    expect(encodeCursor(12)).toBe('id: 12\n\n')
    expect([RETRY, HEARTBEAT]).toEqual(['retry: 3000\n\n', ': heartbeat\n\n'])
  })

  it.each(['a\nb', 'a\rb', 'a\r\nb', 'a\0b', '\n'])(
    'with %j as its name or id is refused',
    (text) => {
      expect(() => encodeFrame({ event: text, data: '' })).toThrow('event')
      expect(() => encodeFrame({ id: text, data: '' })).toThrow('id')
    },
  )

  it.each([
    ['', ''],
    ['  two spaces first', '  two spaces first'],
    ['a\rb\r\nc\nd', 'a\nb\nc\nd'],
    ['\n\n', '\n\n'],
    ['ends in CR\r', 'ends in CR\n'],
    ['data: x\n\nevent: evil', 'data: x\n\nevent: evil'],
    [': no comment', ': no comment'],
    ['\0 and \u2028 and \u2029 and \uFEFF', '\0 and \u2028 and \u2029 and \uFEFF'],
    ['\uD800 alone', '\uFFFD alone'],
  ])('with the data %j is read as %j', (data, expected) => {
    expect(readInPieces(encodeFrame({ event: 'x', id: 1, data }), [])).toEqual([
      { event: 'x', id: '1', data: expected },
    ])
  })

  it('is read the same wherever it is cut', () => {
    const bytes = Buffer.from(
      encodeFrame({ event: 'ä', id: 9, data: 'one\r\ntwo\rthree \u2028 😀\n\n<p title="x">' }),
    )
    const whole = readInPieces(bytes, [])
    for (let cut = 1; cut < bytes.length; cut++) expect(readInPieces(bytes, [cut])).toEqual(whole)
    expect(readInPieces(bytes, [...bytes.keys()])).toEqual(whole)
  })

  it('of a megabyte is one event', () => {
    const data = 'x'.repeat(1024 * 1024)
    const [event] = readInPieces(encodeFrame({ event: 'big', data }), [70_000, 500_000])
    expect(event?.data === data).toBe(true)
  })

  it('never becomes two, whatever it holds and however it is cut', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\r', '\n', '\r\n', '\0', '\u2028', ':', ' ', 'data: ', 'id: 1', '\uD800'),
        fc.string({ unit: 'binary', maxLength: 4 }),
      ),
      maxLength: 60,
    })
    const frames = fc.array(nasty, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2_000), { maxLength: 12 }), (texts, cuts) => {
        const stream = texts.map((data, id) => encodeFrame({ event: 'e', id, data })).join('')
        const expected = texts.map((data, id) => ({
          event: 'e',
          id: String(id),
          data: Buffer.from(data.replace(LINE_ENDS, '\n')).toString(),
        }))
        expect(readInPieces(stream, cuts)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})

function readInPieces(stream: string | Buffer, cuts: readonly number[]): EventSourceMessage[] {
  const events: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => events.push(event) })
  const decoder = new TextDecoder()
  const bytes = Buffer.from(stream)
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    parser.feed(decoder.decode(bytes.subarray(from, cut), { stream: true }))
    from = Math.max(from, Math.min(cut, bytes.length))
  }
  parser.feed(decoder.decode(bytes.subarray(from)))
  return events
}
