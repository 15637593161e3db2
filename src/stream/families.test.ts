import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { STALE_MS } from '../browser/live/silence'
import { projectPath } from '../config/project-path'
import { FAMILIES, type Family, timesOf } from './families'

const CONFIGURED = { heartbeatMs: 30_000, stallMs: 60_000, rotateMs: 600_000 }
const heartbeatOf = (family: Family, heartbeatMs: number) =>
  timesOf(family, { ...CONFIGURED, heartbeatMs }).heartbeatMs

test('a short configured heartbeat holds for all families, a long one up to the bound of each', () => {
  const heartbeats = (ms: number) =>
    Object.fromEntries(FAMILIES.map((family) => [family, heartbeatOf(family, ms)]))
  expect(heartbeats(5_000)).toEqual({ events: 5_000, v2: 5_000, debates: 5_000, pages: 5_000 })
  expect(heartbeats(90_000)).toEqual({
    events: 90_000,
    v2: 29_000,
    debates: 15_000,
    pages: 20_000,
  })
})

test('the stall of all families is the configured one, and rotation is within a fifth of its time', () => {
  for (const family of FAMILIES) {
    const { stallMs, rotateMs } = timesOf(family, CONFIGURED)
    expect(stallMs).toBe(60_000)
    expect(Math.abs(rotateMs - 600_000)).toBeLessThanOrEqual(120_000)
  }
})

test('a page waits for two signs of life before it gives its stream up', () => {
  expect(STALE_MS).toBeGreaterThan(2 * heartbeatOf('pages', 90_000))
})

test.each(['config.yaml', 'docs/configuration.md'])(
  '%s says the bounds of the families',
  (file) => {
    const text = readFileSync(projectPath(file), 'utf8')
    for (const family of ['v2', 'debates', 'pages'] as const) {
      const seconds = heartbeatOf(family, 90_000) / 1_000
      expect(text.replace(/\s+#?\s*/g, ' ')).toContain(`${family} every ${seconds} s`)
    }
  },
)
