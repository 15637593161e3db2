import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { projectPath } from '../src/config/project-path'
import { expect, type Fleet, test } from './fixtures'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const recording = readFileSync(projectPath('test/fixtures/claude-code.jsonl'), 'utf8')
  .trim()
  .split('\n')

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 800, 1280]) {
    test.describe(`${width} px, ${colorScheme}`, () => {
      // The policy of the pages lets nobody add a script, axe neither.
      test.use({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true })
      test('the pages fit and axe finds nothing serious', async ({ board, fleet }, info) => {
        for (const line of recording) {
          await fleet.post('/hooks/claude-code', { ...JSON.parse(line), cwd: fleet.cwd })
        }
        await fleet.report({
          agent: 'long',
          state: 'awaiting_input',
          message: 'unbroken'.repeat(750),
        })
        const [agent] = await fleet.sql<{ id: string }>(
          `SELECT agents.id FROM agents JOIN projects ON projects.id = project_id
           WHERE projects.name = $1 ORDER BY agents.id LIMIT 1`,
          [fleet.project],
        )
        const [event] = await fleet.sql<{ id: string }>('SELECT max(id) AS id FROM events')
        const debate = await argue(fleet)
        const paths = [
          `/projects/${fleet.project}`,
          `/agents/${agent?.id}`,
          `/events/${event?.id}`,
          '/debates',
          `/debates/${debate}`,
          '/settings/sessions',
          '/settings/sessions/silent?do=remove&days=30',
        ]
        for (const path of paths) {
          await board.page.goto(`${fleet.muster.url}${path}`)
          const wider = await board.page.evaluate(
            () => document.documentElement.scrollWidth - window.innerWidth,
          )
          expect(wider, `${path} is not wider than the window`).toBeLessThanOrEqual(0)
          await board.page.evaluate(axe)
          const found = await board.page.evaluate(async () => {
            const { violations } = await Reflect.get(window, 'axe').run()
            return violations
              .filter(
                ({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical',
              )
              .map(
                ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
                  `${id}: ${nodes[0]?.html}`,
              )
          })
          expect(found, path).toEqual([])
          const kind = path.split('/').slice(1, 3).join('-').slice(0, 10)
          const name = `${kind}-${width}-${colorScheme}.png`
          await board.page.screenshot({ path: info.outputPath(name) })
        }
      })
    })
  }
}

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
