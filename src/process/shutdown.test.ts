import { describe, expect, it } from 'vitest'
import { Shutdown } from './shutdown'

describe('a shutdown', () => {
  it('ends what was started last first, each once, for whoever asks', async () => {
    const ended: string[] = []
    const shutdown = new Shutdown(() => {})
    for (const name of ['a', 'b', 'c']) {
      shutdown.add(name, async () => {
        await new Promise(setImmediate)
        ended.push(name)
      })
    }
    await Promise.all([shutdown.run(), shutdown.run()])
    expect(ended).toEqual(['c', 'b', 'a'])
  })

  it('goes on when a step fails or never ends, and says which', async () => {
    const ended: string[] = []
    const faults: string[] = []
    const shutdown = new Shutdown((step) => faults.push(step))
    shutdown.add('last', () => {
      ended.push('last')
    })
    shutdown.add('hangs', () => new Promise(() => {}), 10)
    shutdown.add('fails', () => {
      throw new Error('a fault')
    })
    await shutdown.run()
    expect({ ended, faults }).toEqual({ ended: ['last'], faults: ['fails', 'hangs'] })
  })
})
