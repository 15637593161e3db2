import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { projectPath } from '../src/config/project-path'
import { expect, type Fleet, test } from './fixtures'
import { expectToLookRight } from './look'

const recording = readFileSync(projectPath('test/fixtures/claude-code.jsonl'), 'utf8')
  .trim()
  .split('\n')

test.describe('at every width, in both colour schemes', () => {
  // As people have it: what moves has to be readable as well.
  test.use({ bypassCSP: true, contextOptions: { reducedMotion: 'no-preference' } })
  test('the pages of sessions fit and axe finds nothing serious', async ({ page, fleet }) => {
    test.slow()
    for (const line of recording) {
      await fleet.post('/hooks/claude-code', { ...JSON.parse(line), cwd: fleet.cwd })
    }
    await fleet.report({ agent: 'long', state: 'awaiting_input', message: 'unbroken'.repeat(750) })
    const [agent] = await fleet.sql<{ id: string }>(
      `SELECT agents.id FROM agents JOIN projects ON projects.id = project_id
       WHERE projects.name = $1 ORDER BY agents.id LIMIT 1`,
      [fleet.project],
    )
    const [event] = await fleet.sql<{ id: string }>('SELECT max(id) AS id FROM events')
    const paths = [
      `/projects/${fleet.project}`,
      `/agents/${agent?.id}`,
      `/events/${event?.id}`,
      '/settings/sessions',
      '/settings/sessions/silent?do=remove&days=30',
    ]
    await expectToLookRight(
      page,
      paths.map((path) => fleet.muster.url + path),
    )
  })

  test('the pages of debates fit and axe finds nothing serious', async ({ page, fleet }) => {
    test.slow()
    await fleet.report({ agent: 'long', state: 'awaiting_input' })
    const debates = `${fleet.muster.url}/debates`
    await expectToLookRight(page, [debates, `${debates}/${await argue(fleet)}`])
  })
})

test('the page takes its colours from the system', async ({ board, fleet, page }) => {
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await board.open(fleet.muster.url)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await background()
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await background()).not.toBe(light)
})

/** A debate that has something of everything, and long words. */
async function argue(fleet: Fleet): Promise<string> {
  const id = randomUUID()
  const put = randomUUID()
  const at = `/api/debates/${id}`
  const position = 'It is, whatever it may cost the harbour in the first years.'
  await fleet.post('/api/debates', {
    id,
    project: fleet.cwd,
    title: 'Should the berth map work where there is no network at all?',
    sides: {
      pro: { position, agent: 'long' },
      con: { position: `It is not. ${'Unbroken'.repeat(20)}` },
      moderator: { position: 'Keeps the order.' },
    },
  })
  await fleet.post(`${at}/utterances`, { speaker: 'pro', content: 'Three facts:\n1. one\n2. two' })
  await fleet.post(`${at}/utterances`, { speaker: 'con', content: 'unbroken'.repeat(100) })
  await fleet.post(`${at}/interventions`, { id: put, type: 'question', content: 'Who pays?' })
  await fleet.post(`${at}/interventions`, { type: 'evidence', content: 'word '.repeat(60) })
  await fleet.post(`${at}/interventions/${put}/response`, { speaker: 'con', response: 'We do.' })
  await fleet.post(`${at}/phase`, { phase: 'phase_3_crossexam', speaker: 'moderator' })
  await fleet.post(`${at}/utterances`, { speaker: 'user', content: 'مرحبا بكم في النقاش' })
  await fleet.post(`${at}/pause`, { reason: 'Lunch' })
  return id
}
