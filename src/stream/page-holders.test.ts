import { describe, expect, it } from 'vitest'
import { pagesHeld, streamToEnd } from './page-holders'

let openedAt = 0
const viewer = (visitor: string) => ({ connection: { visitor, openedAt: ++openedAt } })
type Viewer = ReturnType<typeof viewer>
const lane = (viewers: Viewer[], borrowers: string[] = []) => ({
  viewers: new Set(viewers),
  borrowers,
})

describe('lanes', () => {
  it('count in part for each visitor who holds them, and once however many streams that one has', () => {
    const lanes = [
      lane([viewer('ada')]),
      lane([viewer('ada'), viewer('ada'), viewer('bob')]),
      lane([], ['eve', 'eve']),
      lane([]),
    ]
    expect(Object.fromEntries(pagesHeld(lanes))).toEqual({ ada: 1.5, bob: 0.5, eve: 1 })
  })

  it('are taken from the newest stream of who holds most, and from nobody below a share', () => {
    const [first, second] = [viewer('ada'), viewer('ada')]
    const lanes = [lane([first]), lane([second]), lane([first]), lane([viewer('bob')])]
    expect(streamToEnd(lanes, { maxPages: 4, visitor: 'eve' })).toBe(second)
    expect(streamToEnd(lanes, { maxPages: 4, visitor: 'bob' })).toBe(second)
    expect(streamToEnd(lanes, { maxPages: 4, visitor: 'ada' })).toBe(null)
    const even = [lane([first]), lane([second]), lane([viewer('bob')]), lane([viewer('bob')])]
    expect(streamToEnd(even, { maxPages: 4, visitor: 'bob' })).toBe(null)
  })

  it('are not kept by two who hold the same together', () => {
    const pair = [viewer('ada'), viewer('bob')]
    const lanes = Array.from({ length: 6 }, () => lane(pair))
    expect(streamToEnd(lanes, { maxPages: 6, visitor: 'eve' })).not.toBe(null)
  })
})
