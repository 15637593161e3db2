import { afterAll, beforeAll, expect, test } from 'vitest'
import { surroundingsOf } from '../../../src/cli/context'
import { DEBATE } from '../../../src/cli/demo/debate-story'
import { runCommand } from '../../../src/cli/run-command'
import { startTestMuster, type TestMuster } from '../../support/muster'
import { until } from '../../support/wait'

let muster: TestMuster

beforeAll(async () => {
  muster = await startTestMuster()
})
afterAll(() => muster.stop())

const TURNS = DEBATE.phases.flatMap(({ turns }) => turns.map(([, content]) => content))

test('the demo debate obeys a pause, answers, completes, and goes without a trace', async () => {
  const lines: string[] = []
  const playing = run(lines, '--debate', '--once', '--speed', '20')
  await until('the debate has begun', async () => (await find()) !== undefined)
  const id = (await find())?.id ?? ''
  await until('somebody has spoken', async () => ((await find())?.turnNumber ?? 0) > 1)
  await post(`/api/debates/${id}/interventions`, { type: 'question', content: 'Who pays?' })
  expect(await post(`/api/debates/${id}/pause`, {})).toBe(201)
  const paused = await find()
  await until('it says that it is paused', () => lines.includes('    paused'))
  expect(await find()).toMatchObject({ status: 'paused', turnNumber: paused?.turnNumber })
  expect(await post(`/api/debates/${id}/resume`, {})).toBe(201)
  expect(await playing).toBe(0)
  expect(await find()).toMatchObject({ status: 'complete', phase: 'phase_6_synthesis' })

  const { rows } = await muster.sql(
    `SELECT type, data->>'content' AS content, agent_id FROM debate_entries ORDER BY event_id`,
  )
  const said = rows.filter(({ type }) => type === 'utterance')
  expect(said.map(({ content }) => content)).toEqual(TURNS)
  expect(said.every((row) => row.agent_id !== null)).toBe(true)
  const types = rows.map(({ type }) => type)
  const [stopped, resumed] = [types.indexOf('pause'), types.indexOf('resume')]
  expect(resumed).toBe(stopped + 1)
  expect(types.filter((type) => type === 'intervention_response')).toHaveLength(1)

  expect(await run([], '--clear')).toBe(0)
  const left = await muster.sql(
    `SELECT (SELECT count(*)::int FROM debates) AS debates,
       (SELECT count(*)::int FROM debate_sides) AS sides,
       (SELECT count(*)::int FROM debate_entries) AS entries,
       (SELECT count(*)::int FROM events WHERE debate_id IS NOT NULL) AS events`,
  )
  expect(left.rows).toEqual([{ debates: 0, sides: 0, entries: 0, events: 0 }])
})

interface Listed {
  id: string
  status: string
  turnNumber: number
}

async function find(): Promise<Listed | undefined> {
  const { debates } = (await (await muster.fetch('/api/debates')).json()) as { debates: Listed[] }
  return debates[0]
}

async function post(path: string, body: object): Promise<number> {
  const headers = { 'Content-Type': 'application/json' }
  return (await muster.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
}

function run(lines: string[], ...args: string[]): Promise<number> {
  const around = { ...surroundingsOf(process), print: (line: string) => void lines.push(line) }
  return runCommand(['demo', ...args, '--url', muster.address], around)
}
