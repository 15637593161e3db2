import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TestDom, type TestElement, TestPage } from '../../test/support/stream-page'
import { NOTHING_SEEN, PageVersions, type Version } from './page-versions'

const leaf = (id: string, text = ''): TestElement => ({ id, text })
const group = (id: string, parts: TestElement[], text = ''): TestElement => ({ id, text, parts })
const at = (cursor: number, sequence = cursor): Version => ({ cursor, sequence })
const html = (element: TestElement) => JSON.stringify(element)

function lane(elements: TestElement[]) {
  const page = new TestPage(elements)
  const kept = new PageVersions(page, at(0))
  const change = (version: Version, changed: TestElement[]) => {
    page.elements = changed
    kept.snapshot(version)
  }
  return { page, kept, change }
}

describe('a page that is kept up to date', () => {
  it('says nothing when nothing has changed', () => {
    const { kept, change } = lane([leaf('a', '1'), group('g', [leaf('b')])])
    change(at(1), [leaf('a', '1'), group('g', [leaf('b')])])
    expect(kept.since(at(0))).toBe('')
  })

  it('sends the one element whose content changed, and not its neighbours', () => {
    const { kept, change } = lane([leaf('a', '1'), group('g', [leaf('b'), leaf('c')])])
    change(at(1), [leaf('a', '1'), group('g', [leaf('b'), leaf('c', 'new')])])
    expect(kept.since(at(0))).toBe(html(leaf('c', 'new')))
    expect(kept.since(at(1))).toBe('')
  })

  it.each([
    ['a part came', [leaf('b'), leaf('c'), leaf('d')]],
    ['a part went', [leaf('b')]],
    ['the order changed', [leaf('c'), leaf('b')]],
  ])('sends the whole group when %s', (_, parts) => {
    const { kept, change } = lane([group('g', [leaf('b'), leaf('c')])])
    change(at(1), [group('g', parts)])
    expect(kept.since(at(0))).toBe(html(group('g', parts)))
  })

  it('sends the whole group when what is around its parts changed', () => {
    const { kept, change } = lane([group('g', [leaf('b')], 'one agent')])
    change(at(1), [group('g', [leaf('b', 'x')], 'two agents')])
    expect(kept.since(at(0))).toBe(html(group('g', [leaf('b', 'x')], 'two agents')))
  })

  it('sends only the inner group when the outer one kept its members', () => {
    const { kept, change } = lane([group('o', [group('i', [leaf('x')]), leaf('y')])])
    change(at(1), [group('o', [group('i', [leaf('x'), leaf('z')]), leaf('y')])])
    expect(kept.since(at(0))).toBe(html(group('i', [leaf('x'), leaf('z')])))
  })

  it('sends both groups when a part moved from one to the other', () => {
    const { kept, change } = lane([group('g', [leaf('a')]), group('h', [])])
    const moved = [group('g', []), group('h', [leaf('a')])]
    change(at(1), moved)
    expect(kept.since(at(0))).toBe(moved.map(html).join('\n'))
  })

  it('forgets a part that went: when it is back as it was, it is sent', () => {
    const { kept, change } = lane([group('g', [leaf('a')])])
    change(at(1), [group('g', [])])
    change(at(2), [group('g', [leaf('a')])])
    expect(kept.since(at(1))).toBe(html(group('g', [leaf('a')])))
  })

  it('tells from any earlier moment what has changed since', () => {
    const { kept, change } = lane([leaf('a', '0'), leaf('b', '0')])
    change(at(10), [leaf('a', '1'), leaf('b', '0')])
    change(at(20), [leaf('a', '1'), leaf('b', '2')])
    expect(kept.since(at(9, 0))).toBe([leaf('a', '1'), leaf('b', '2')].map(html).join('\n'))
    expect(kept.since({ cursor: 9, sequence: null })).toBe(kept.since(at(9, 0)))
    expect(kept.since({ cursor: 15, sequence: null })).toBe(html(leaf('b', '2')))
    expect(kept.since({ cursor: 20, sequence: null })).toBe('')
    expect(kept.since(NOTHING_SEEN)).toBe([leaf('a', '1'), leaf('b', '2')].map(html).join('\n'))
  })

  it('sends what the clock changed to those at the same row who cannot have seen it', () => {
    const { kept, change } = lane([leaf('a', 'early')])
    change({ cursor: 10, sequence: 1 }, [leaf('a', 'early'), leaf('b')])
    change({ cursor: 10, sequence: 2, timeOnly: true }, [leaf('a', 'late'), leaf('b')])
    expect(kept.since({ cursor: 10, sequence: 1 })).toBe(html(leaf('a', 'late')))
    expect(kept.since({ cursor: 10, sequence: 2 })).toBe('')
    expect(kept.since({ cursor: 10, sequence: null })).toBe(html(leaf('a', 'late')))
    expect(kept.since({ cursor: 11, sequence: null })).toBe('')
  })

  it('sends the rows of a stack that came after the cursor', () => {
    const { page, kept, change } = lane([])
    page.rows = [12, 11, 10]
    change(at(12, 1), [])
    expect(kept.since({ cursor: 10, sequence: null })).toBe('{"rowsOf":"rows","rows":[12,11]}')
    expect(kept.since({ cursor: 12, sequence: null })).toBe('')
  })

  it('makes of any earlier page the one there is now', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 12 }), (moments) => {
        const page = new TestPage(TOP)
        const kept = new PageVersions(page, at(100, 0))
        const doms = [{ version: at(100, 0), dom: new TestDom(page) }]
        let cursor = 100
        for (const [index, { elements, rows }] of moments.entries()) {
          page.elements = elements
          for (let row = 0; row < rows; row++) page.rows.unshift(++cursor)
          const version = { cursor, sequence: index + 1, timeOnly: rows === 0 }
          kept.snapshot(version)
          doms.push({ version, dom: new TestDom(page) })
        }
        for (const { version, dom } of doms) {
          for (const since of [version, { cursor: version.cursor, sequence: null }]) {
            const browser = Object.assign(new TestDom(page), {
              elements: dom.elements,
              rows: [...dom.rows],
            })
            browser.apply(kept.since(since))
            expect(browser.elements).toEqual(page.elements)
            expect(browser.rows).toEqual(page.rows)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

const text = fc.constantFrom('x', 'y', 'z')
const some = (ids: string[]) =>
  fc
    .tuple(fc.shuffledSubarray(ids), fc.array(text, { minLength: 4, maxLength: 4 }))
    .map(([chosen, texts]) => chosen.map((id, index) => leaf(id, texts[index])))

/** The outermost elements of a page are always there; what is in them comes and goes. */
const TOP = [leaf('counts', 'x'), group('projects', []), group('other', [])]
const moment = fc.record({
  rows: fc.nat(2),
  elements: fc
    .record({
      counts: text,
      frame: text,
      // A card can be in one project or the other, never in both.
      cards: some(['p', 'q', 'r', 's']),
      split: fc.nat(4),
      order: fc.boolean(),
      other: some(['u', 'v']),
    })
    .map(({ counts, frame, cards, split, order, other }) => {
      const sections = [
        group('one', cards.slice(0, split), frame),
        group('two', cards.slice(split)),
      ]
      return [
        leaf('counts', counts),
        group('projects', order ? sections : sections.reverse()),
        group('other', other),
      ]
    }),
})
