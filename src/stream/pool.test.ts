import { describe, expect, it } from 'vitest'
import { Pool, whoMakesRoom } from './pool'

/** Asks for a place as a stream does; returns what became of it. */
function ask(pool: Pool<string>, visitor: string, holder: string): string {
  const room = pool.roomFor(visitor)
  if (room.kind === 'full') return 'refused'
  if (room.kind === 'taken') pool.release(room.from.split(' ')[0] ?? '', room.from)
  pool.take(visitor, holder)
  return room.kind === 'taken' ? `instead of ${room.from}` : 'taken'
}

const fill = (pool: Pool<string>, visitor: string, count: number) =>
  Array.from({ length: count }, (_, n) => ask(pool, visitor, `${visitor} ${n}`))

describe('a pool of places', () => {
  it('is one visitor’s as long as there is room, and is full for that visitor then', () => {
    const pool = new Pool<string>(3)
    expect(fill(pool, 'ada', 4)).toEqual(['taken', 'taken', 'taken', 'refused'])
    expect(pool.count).toBe(3)
  })

  it('gives a visitor its share at the cost of the newest of the one who holds most', () => {
    const pool = new Pool<string>(4)
    expect(fill(pool, 'bob', 1)).toEqual(['taken'])
    fill(pool, 'ada', 3)
    expect(fill(pool, 'eve', 2)).toEqual(['instead of ada 2', 'refused'])
    expect(fill(pool, 'bob', 2)).toEqual(['refused', 'refused'])
    expect(pool.count).toBe(4)
  })

  it('takes no place from who holds one only, however many there are', () => {
    const pool = new Pool<string>(3)
    for (const visitor of ['ada', 'bob', 'eve']) fill(pool, visitor, 1)
    expect(fill(pool, 'dan', 1)).toEqual(['refused'])
  })

  it('counts a place once, however often it is given back', () => {
    const pool = new Pool<string>(2)
    fill(pool, 'ada', 2)
    for (let times = 0; times < 3; times++) pool.release('ada', 'ada 0')
    pool.release('nobody', 'ada 1')
    expect(pool.count).toBe(1)
    expect(fill(pool, 'bob', 2)).toEqual(['taken', 'refused'])
  })

  it('comes to rest when all want more than there is, after no more than a pool of changes', () => {
    for (const visitors of [2, 3, 7]) {
      const pool = new Pool<string>(100)
      const names = Array.from({ length: visitors }, (_, n) => `visitor-${n}`)
      fill(pool, 'visitor-0', 100)
      let changes = 0
      for (let round = 0; round < 300; round++) {
        for (const name of names) {
          if (ask(pool, name, `${name} later-${round}`).startsWith('instead')) changes++
        }
      }
      expect(changes).toBe((visitors - 1) * Math.floor(100 / visitors))
    }
  })
})

describe('who makes room', () => {
  it('is decided by what each holds, parts of places too', () => {
    const held = new Map([
      ['ada', 120.5],
      ['bob', 79.5],
    ])
    expect(whoMakesRoom(200, held, 'eve')).toBe('ada')
    expect(whoMakesRoom(200, held, 'bob')).toBe('ada')
    expect(whoMakesRoom(200, held, 'ada')).toBe(null)
    expect(whoMakesRoom(200, new Map([['ada', 60]]), 'eve')).toBe(null)
  })
})
