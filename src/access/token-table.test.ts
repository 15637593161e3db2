import { beforeEach, describe, expect, it } from 'vitest'
import { ALL_RIGHTS } from './rights'
import { type HeldToken, TokenTable } from './token-table'

const token = (hash: string, expiresAt = Number.POSITIVE_INFINITY): HeldToken => ({
  id: `id of ${hash}`,
  hash,
  rights: ALL_RIGHTS,
  expiresAt,
  lastUsedAt: 0,
})

let stored: HeldToken[]
let reads: number
let table: TokenTable

beforeEach(async () => {
  stored = [token('right')]
  reads = 0
  table = new TokenTable(async () => {
    reads++
    return [...stored]
  })
  await table.refresh()
  reads = 0
})

describe('tokens in memory', () => {
  it('are found without a query', async () => {
    for (let i = 0; i < 100; i++)
      expect(await table.find('right', 'a')).toMatchObject({ hash: 'right' })
    expect(reads).toBe(0)
  })

  it('cost a network one query a second for those that are not there, and all networks few', async () => {
    for (let i = 0; i < 100; i++) expect(await table.find(`wrong ${i}`, 'a')).toBeNull()
    expect(reads).toBe(1)
    for (let i = 0; i < 100; i++) await table.find('wrong', `network ${i}`)
    expect(reads).toBeLessThanOrEqual(21)
    expect(await table.find('right', 'a')).not.toBeNull()
  })

  it('are known at once when they were made elsewhere', async () => {
    stored.push(token('new'))
    expect(await table.find('new', 'a')).not.toBeNull()
    expect(reads).toBe(1)
    for (let i = 0; i < 100; i++) await table.find(`wrong ${i}`, 'a')
    stored.push(token('newer'))
    table.markChanged()
    expect(await table.find('newer', 'a')).not.toBeNull()
  })

  it('are over once a change was told of, whatever was being read meanwhile', async () => {
    let begun = 0
    const waiting: (() => void)[] = []
    const slow = new TokenTable(async () => {
      begun++
      const seen = [...stored]
      await new Promise<void>((resolve) => waiting.push(resolve))
      return seen
    })
    const first = slow.find('right', 'a')
    await expect.poll(() => begun).toBe(1)
    stored = []
    slow.markChanged()
    const second = slow.find('right', 'a')
    waiting.shift()?.()
    expect(await first).not.toBeNull()
    await expect.poll(() => begun).toBe(2)
    waiting.shift()?.()
    expect(await second).toBeNull()
  })

  it('end by themselves when they run out', async () => {
    stored = [token('short', Date.now() - 1)]
    table.markChanged()
    expect(await table.find('short', 'a')).toBeNull()
  })

  it('are read again after a read that failed', async () => {
    let isAway = true
    const shaky = new TokenTable(async () => {
      if (isAway) throw new Error('away')
      return stored
    })
    await expect(shaky.find('right', 'a')).rejects.toThrow('away')
    isAway = false
    expect(await shaky.find('right', 'a')).not.toBeNull()
  })
})
