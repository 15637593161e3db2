import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextTerm, readTabMessage, type TabMessage } from './tab-message'

const term = nextTerm('', 'tab', 1_795_000_000_000)

describe('a message between tabs', () => {
  const messages: TabMessage[] = [
    { kind: 'state', term, status: 'connected', isHidden: false, served: ['a', 'b'] },
    { kind: 'state', term, status: null, isHidden: true, served: [] },
    { kind: 'frame', term, topic: 'board', html: '<p id="x">', cursor: '12' },
    { kind: 'frame', term, topic: null, html: '', cursor: '' },
    { kind: 'reset', term, topic: null },
    { kind: 'reset', term, topic: 'board' },
    { kind: 'notice', term, notice: { error_type: 'database_away', message: 'Away' } },
    { kind: 'unauthorized', term },
    { kind: 'ask', term },
    { kind: 'here', tab: 'a', topics: ['board', 'bar'], cursor: '7', isHidden: true },
    { kind: 'gone', tab: 'a' },
  ]
  test.each(messages)('is read as it was sent: $kind', (message) => {
    expect(readTabMessage(structuredClone(message))).toEqual(message)
  })

  test.each([
    null,
    'ask',
    [],
    {},
    { kind: 'ask' },
    { kind: 'else', term },
    { kind: 'state', term, status: 'fine', isHidden: false, served: [] },
    { kind: 'state', term, status: 'connected', isHidden: false, served: [7] },
    { kind: 'frame', term, topic: 'board', html: 7, cursor: '1' },
    { kind: 'frame', term, topic: 'board', html: '', cursor: 'evt_1' },
    { kind: 'frame', term, topic: '', html: '', cursor: '1' },
    { kind: 'here', tab: 'a', topics: ['board'], cursor: 7 },
    { kind: 'here', tab: 'a', topics: [], cursor: '7' },
    { kind: 'here', tab: 'a', topics: ['board', 7], cursor: '7' },
    { kind: 'here', tab: 'a', topics: Array(17).fill('board'), cursor: '7' },
    { kind: 'here', tab: 'a', cursor: '7' },
  ])('that nobody sends is none: %j', (data) => {
    expect(readTabMessage(data)).toBeNull()
  })

  test('of any shape is read or refused, and never throws', () => {
    fc.assert(fc.property(fc.anything(), (data) => void readTabMessage(data)))
  })
})

describe('the term of a leader', () => {
  test('is higher than every term before it, whatever the clock says', () => {
    const first = nextTerm('', 'b', 2_000)
    const second = nextTerm(first, 'a', 1_000)
    const third = nextTerm(second, 'c', 5_000)
    expect([third, first, second].sort()).toEqual([first, second, third])
  })
})
