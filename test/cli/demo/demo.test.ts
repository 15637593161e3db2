import { afterAll, beforeAll, expect, test } from 'vitest'
import { surroundingsOf } from '../../../src/cli/context'
import { runCommand } from '../../../src/cli/run-command'
import { STATES } from '../../../src/log/state'
import { startTestMuster, type TestMuster } from '../../support/muster'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

test('the demo shows every state, is marked, and goes without a trace of it', async () => {
  await muster.report({ type: 'real', project: 'mine', agent: 'me', state: 'processing' })
  expect(await run('--once', '--speed', '200')).toBe(0)
  const { rows } = await muster.sql('SELECT state, overlays FROM agents WHERE parent_id IS NULL')
  const states = new Set(rows.map((row) => row.state))
  expect([...states].sort()).toEqual([...STATES].sort())
  const overlays = new Set(rows.flatMap((row) => row.overlays))
  expect([...overlays]).toEqual(expect.arrayContaining(['background', 'stuck']))
  const board = await (await muster.fetch('/', { headers: { Accept: 'text/html' } })).text()
  expect(board.match(/demo-mark">Demo/g)).toHaveLength(4)

  expect(await run('--clear')).toBe(0)
  const left = await muster.sql(`
    SELECT (SELECT array_agg(name) FROM projects) AS projects,
      (SELECT array_agg(session_id) FROM agents) AS agents,
      (SELECT count(*)::int FROM events WHERE data->>'action' = 'deleted') AS removals,
      (SELECT count(*)::int FROM events WHERE project_id IS NOT NULL
        AND project_id NOT IN (SELECT id FROM projects)) AS orphans`)
  expect(left.rows).toEqual([{ projects: ['mine'], agents: ['me'], removals: 4, orphans: 0 }])
  await expect
    .poll(async () => (await muster.fetch('/', { headers: { Accept: 'text/html' } })).text(), {
      timeout: 10_000,
    })
    .not.toContain('harbour-web</a>')
  expect(await run('--clear')).toBe(0)
})

function run(...args: string[]): Promise<number> {
  const around = { ...surroundingsOf(process), print: () => {} }
  return runCommand(['demo', ...args, '--url', muster.address], around)
}
