import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventParser, type StreamEvent } from './event-parser'

const piece = fc.constantFrom(
  ...['data: a', 'data:b', 'data', 'id: 1', 'id', 'event: x', 'event', ': note', 'other: 1'],
  ...['\n', '\n', '\n\n', 'retry: 9', 'dat', 'a: c', ' ', ':', '\u2028', '\uFEFF'],
)

describe('the parser', () => {
  test('gives an event as soon as its empty line is there, whichever line end it has', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      const { events, parser } = start()
      parser.feed(`event: e${end}data: a${end}data: b${end}${end[0]}`)
      expect(events).toEqual([{ event: 'e', data: 'a\nb', lastEventId: '' }])
      parser.feed(`${end.slice(1)}data: c${end}${end}`)
      expect(events.map(({ data }) => data)).toEqual(['a\nb', 'c'])
    }
  })

  test('keeps the last id, also of blocks without data, and none that holds NUL', () => {
    const { events, parser } = start()
    parser.feed('id: 7\n\ndata: a\n\nid: 8\0\ndata: b\n\nid\ndata: c\n\n')
    expect(events.map(({ lastEventId }) => lastEventId)).toEqual(['7', '7', ''])
  })

  test('reads the same however the text is cut', () => {
    const text = fc.array(fc.oneof(piece, fc.constantFrom('\r', '\r\n')), { maxLength: 30 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (pieces, cuts) => {
        const stream = pieces.join('')
        const whole = start()
        whole.parser.feed(stream)
        const cut = start()
        let from = 0
        for (const to of [...cuts, stream.length].sort((a, b) => a - b)) {
          cut.parser.feed(stream.slice(from, to))
          from = Math.max(from, to)
        }
        expect(cut.events).toEqual(whole.events)
      }),
      { numRuns: 2_000 },
    )
  })

  test('agrees with another one wherever that follows the standard', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { events, parser } = start()
        const others: { event: string; data: string }[] = []
        const other = createParser({
          onEvent: ({ event, data }) => others.push({ event: event ?? 'message', data }),
        })
        parser.feed(pieces.join(''))
        other.feed(pieces.join(''))
        expect(events.map(({ event, data }) => ({ event, data }))).toEqual(others)
      }),
      { numRuns: 2_000 },
    )
  })
})

function start() {
  const events: StreamEvent[] = []
  return { events, parser: new EventParser((event) => events.push(event)) }
}
