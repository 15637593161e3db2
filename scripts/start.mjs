import { build } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { isParentGone, runScript } from './script.mjs'

const isReady = await runScript(async () => {
  await ensureInstalled()
  await build()
})
if (isReady) {
  await import('../dist/server.js')
  // The server watches for the end of npm from here on. It may have ended while we loaded it.
  if (isParentGone()) process.emit('SIGTERM', 'SIGTERM')
}
