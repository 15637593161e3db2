import { describe, expect, it } from 'vitest'
import { Busy, FairSemaphore, type FairSemaphoreOptions, type Release } from './fair-semaphore'

/** Asks for permits and tells in which order they came. */
function start(options: FairSemaphoreOptions) {
  const semaphore = new FairSemaphore(options)
  const begun: string[] = []
  const refused: string[] = []
  const ends = new Map<string, Release>()
  const ask = (visitor: string | null, name: string, size = 0) => {
    semaphore.acquire(visitor, { size }).then(
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
  return { semaphore, begun, refused, ask, end, settle }
}

describe('permits', () => {
  it('are one key’s as long as no other wants one', async () => {
    const { begun, ask, end, settle } = start({ atOnce: 2 })
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask('ada', name)
    await settle()
    expect(begun).toEqual(['a1', 'a2'])
    await end('a2')
    await end('a1')
    expect(begun).toEqual(['a1', 'a2', 'a3', 'a4'])
  })

  it('go to the key that holds the fewest, however many another has asked for before', async () => {
    const { begun, ask, end, settle } = start({ atOnce: 2 })
    for (let n = 1; n <= 50; n++) ask('ada', `a${n}`)
    ask('bob', 'b1')
    ask('eve', 'e1')
    ask('bob', 'b2')
    await settle()
    for (const name of ['a1', 'a2', 'b1', 'e1']) await end(name)
    // Of those that hold equally many, the one whose last permit was longest ago.
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'e1', 'b2'])
  })

  it('are left free for the next key, and for Muster itself', async () => {
    const { begun, ask, settle } = start({ atOnce: 4, atOncePerKey: 3 })
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

  it('are refused to a request that has waited for too long, and go on for the others', async () => {
    const { semaphore, refused, begun, ask, end } = start({ atOnce: 1, patienceMs: 20 })
    ask('ada', 'a1')
    const late = semaphore.acquire('bob')
    ask('eve', 'e1')
    await expect(late).rejects.toMatchObject({ retryAfterSeconds: 2 })
    await expect(semaphore.acquire('eve')).rejects.toThrow(Busy)
    expect(refused).toEqual(['e1'])
    await end('a1')
    ask('dan', 'd1')
    await end('d1')
    expect(begun).toEqual(['a1', 'd1'])
  })

  it('come back once each, also after a fault', async () => {
    const { semaphore, begun, ask, end, settle } = start({ atOnce: 1 })
    await expect(semaphore.run('ada', () => Promise.reject(new Error('a fault')))).rejects.toThrow(
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

  it('come in the order of the requests of one key', async () => {
    const { semaphore, settle } = start({ atOnce: 2 })
    const begun: number[] = []
    let atWork = 0
    let most = 0
    const work = (number: number) =>
      semaphore.run('ada', async () => {
        begun.push(number)
        most = Math.max(most, ++atWork)
        await settle()
        atWork--
        if (number % 3 === 0) throw new Error('a fault')
      })
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(work))
    expect(most).toBe(2)
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2)
  })

  it('are refused at once beyond what one key may have, held and waiting', async () => {
    const { refused, begun, ask, end, settle } = start({ atOnce: 1, maxPerKey: 2 })
    for (const name of ['a1', 'a2', 'a3']) ask('ada', name)
    for (const name of ['b1', 'b2']) ask('bob', name)
    for (const name of ['own1', 'own2', 'own3']) ask(null, name)
    await settle()
    expect(refused).toEqual(['a3'])
    await end('a1')
    ask('ada', 'a4')
    await settle()
    expect(refused).toEqual(['a3'])
    for (const name of ['a2', 'b1', 'own1', 'a4', 'b2']) await end(name)
    expect(begun).toEqual(['a1', 'a2', 'b1', 'own1', 'a4', 'b2', 'own2'])
  })

  it('are refused to the last of the largest line when too much waits, but not to one alone', async () => {
    const { refused, begun, ask, end, settle } = start({ atOnce: 1, maxWaitingSize: 100 })
    ask('ada', 'a0', 10)
    ask('ada', 'a1', 500)
    await settle()
    expect(refused).toEqual([])
    await end('a0')
    ask('ada', 'a2', 60)
    for (const name of ['b1', 'b2', 'b3']) ask('bob', name, 10)
    ask('eve', 'e1', 20)
    await settle()
    expect(refused).toEqual(['a2'])
    await end('a1')
    expect(begun).toEqual(['a0', 'a1', 'b1'])
  })

  it('are given back after `holdMs`, though the work goes on', async () => {
    const { semaphore } = start({ atOnce: 1 })
    let finish = () => {}
    const long = semaphore.run('ada', () => new Promise<void>((resolve) => (finish = resolve)), {
      holdMs: 10,
    })
    await semaphore.run('bob', async () => finish())
    await long
  })

  it('are refused with the error that was asked for, also all that wait', async () => {
    class Full extends Error {}
    const semaphore = new FairSemaphore({ atOnce: 1, maxWaiting: 1, refusal: () => new Full() })
    const release = await semaphore.acquire('ada')
    const waiting = semaphore.acquire('ada')
    await expect(semaphore.acquire('ada')).rejects.toThrow(Full)
    semaphore.refuseWaiting(new Error('stopping'))
    await expect(waiting).rejects.toThrow('stopping')
    release()
    await expect(semaphore.acquire('bob')).resolves.toBeDefined()
  })
})
