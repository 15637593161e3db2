import { readFileSync } from 'node:fs'
import { projectPath } from '../src/db/project-path'
import { expect, test } from './fixtures'

const recording = readFileSync(projectPath('src/ingest/fixtures/claude-code.jsonl'), 'utf8')
  .trim()
  .split('\n')

test.use({ viewport: { width: 1280, height: 860 } })

test('the picture of the README shows the board', async ({ board, ownFleet: fleet }, info) => {
  for (const line of recording) await fleet.post('/hooks/claude-code', JSON.parse(line))
  await board.open(fleet.muster.url)
  await expect(board.page.locator('#recommended')).toContainText(/\S/)
  const path = process.env.MUSTER_SCREENSHOT ?? info.outputPath('board.png')
  await board.page.screenshot({ path, animations: 'disabled' })
  const size = readFileSync(path).length
  expect(size).toBeGreaterThan(20_000)
})
