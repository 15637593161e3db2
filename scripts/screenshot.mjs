import path from 'node:path'
import { ensureInstalled } from './install.mjs'
import { root } from './root.mjs'
import { runPackage, runScript } from './script.mjs'

/** Lets the browser tests write the picture of the README where the README looks for it. */
await runScript(async () => {
  await ensureInstalled({ dev: true })
  const env = { ...process.env, MUSTER_SCREENSHOT: path.join(root, 'docs', 'board.png') }
  const { code } = await runPackage('playwright', 'playwright', ['test', 'screenshot'], { env })
  process.exitCode = code
})
