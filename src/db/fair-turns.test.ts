import { describe, expect, it } from 'vitest'
import { Busy, type EndTurn, FairTurns, type FairTurnsOptions } from './fair-turns'

/** Asks for turns and tells in which order they came. */
function start(options: FairTurnsOptions) {
  const turns = new FairTurns(options)
  const begun: string[] = []
  const refused: string[] = []
  const ends = new Map<string, EndTurn>()
  const ask = (visitor: string | null, name: string) => {
    turns.begin(visitor).then(
      (end) => {
        begun.push(name)
        ends.set(name, end)
      },
      (error: unknown) => {
        if (!(error instanceof Busy)) throw error
        refused.push(name)
      },
    )
  }
  const settle = () => new Promise(setImmediate)
  const end = async (name: string) => {
    ends.get(name)?.()
    await settle()
  }
  return { turns, begun, refused, ask, end, settle }
}

describe('turns', () => {
  it('are one visitor’s as long as nobody else wants one', async () => {
    const { begun, ask, end, settle } = start({ atOnce: 2 })
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask('ada', name)
    await settle()
    expect(begun).toEqual(['a1', 'a2'])
    await end('a2')
    await end('a1')
    expect(begun).toEqual(['a1', 'a2', 'a3', 'a4'])
  })

  it('go to who has the fewest, however many another has asked for before', async () => {
    const { begun, ask, end, settle } = start({ atOnce: 2 })
    for (let n = 1; n <= 50; n++) ask('ada', `a${n}`)
    ask('bob', 'b1')
    ask('eve', 'e1')
    ask('bob', 'b2')
    await settle()
    for (const name of ['a1', 'a2', 'b1', 'e1']) await end(name)
    // Of those who have equally many, whose turn was longest ago.
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'e1', 'b2'])
  })

  it('are left free for the next visitor, and for Muster itself', async () => {
    const { begun, ask, settle } = start({ atOnce: 4, perVisitor: 3 })
    for (let n = 1; n <= 5; n++) ask('ada', `a${n}`)
    await settle()
    expect(begun).toEqual(['a1', 'a2', 'a3'])
    ask(null, 'own')
    ask('bob', 'b1')
    await settle()
    expect(begun).toEqual(['a1', 'a2', 'a3', 'own'])
  })

  it('are refused to the last of the longest line when too many wait', async () => {
    const { refused, ask, settle } = start({ atOnce: 1, maxWaiting: 3 })
    for (const name of ['a0', 'a1', 'a2', 'a3', 'a4']) ask('ada', name)
    await settle()
    expect(refused).toEqual(['a4'])
    ask('bob', 'b1')
    ask('eve', 'e1')
    await settle()
    expect(refused).toEqual(['a4', 'a3', 'a2'])
  })

  it('are refused to who has waited for too long, and go on for the others', async () => {
    const { turns, refused, begun, ask, end } = start({ atOnce: 1, patienceMs: 20 })
    ask('ada', 'a1')
    const late = turns.begin('bob')
    ask('eve', 'e1')
    await expect(late).rejects.toMatchObject({ retryAfterSeconds: 2 })
    await expect(turns.begin('eve')).rejects.toThrow(Busy)
    expect(refused).toEqual(['e1'])
    await end('a1')
    ask('dan', 'd1')
    await end('d1')
    expect(begun).toEqual(['a1', 'd1'])
  })

  it('come back once each, also after a fault', async () => {
    const { turns, begun, ask, end, settle } = start({ atOnce: 1 })
    await expect(turns.take('ada', () => Promise.reject(new Error('a fault')))).rejects.toThrow(
      'a fault',
    )
    ask('ada', 'a1')
    await end('a1')
    await end('a1')
    ask('ada', 'a2')
    ask('ada', 'a3')
    await settle()
    expect(begun).toEqual(['a1', 'a2'])
  })
})
