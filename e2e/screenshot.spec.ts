import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { projectPath } from '../src/config/project-path'
import { expect, test } from './fixtures'

const run = promisify(execFile)

test.use({ viewport: { width: 1280, height: 860 } })

test('the picture of the README shows the board', async ({ board, ownFleet: fleet }, info) => {
  const program = projectPath('dist', 'cli', 'muster.js')
  const demo = [
    'demo',
    '--once',
    '--speed',
    process.env.MUSTER_SCREENSHOT ? '30' : '300',
    '--url',
    fleet.muster.url,
  ]
  await run(process.execPath, [program, ...demo])
  await board.open(fleet.muster.url)
  await expect(board.page.locator('#recommended')).toContainText('git push origin v4.2.0')
  const path = process.env.MUSTER_SCREENSHOT ?? info.outputPath('board.png')
  await board.page.screenshot({ path, animations: 'disabled' })
  expect(readFileSync(path).length).toBeGreaterThan(20_000)
})
