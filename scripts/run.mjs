import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './root.mjs'
import { runScript } from './script.mjs'

/** `run.mjs replay FILE` runs src/cli/replay.ts, `run.mjs bench page` runs bench/page.ts. */
const [name = '', ...args] = process.argv.slice(2)
const isBench = name === 'bench'
const folder = path.join(root, 'dist', isBench ? 'bench' : 'cli')
const wanted = isBench ? (args.shift() ?? '') : name
const file = path.join(folder, `${wanted}.js`)

const isReady = await runScript(async () => {
  await ensureInstalled({ dev: isBench })
  await build()
  if (existsSync(file)) return
  const names = existsSync(folder) ? readdirSync(folder).filter((one) => one.endsWith('.js')) : []
  const list = names.map((one) => path.basename(one, '.js')).join(', ') || 'none yet'
  throw new Error(`${wanted ? `There is no "${wanted}".` : 'Say which one.'} There are: ${list}.`)
})
if (isReady) {
  // The program finds its own arguments where it would if it had been started by itself.
  process.argv.splice(1, process.argv.length, file, ...args)
  await import(pathToFileURL(file).href)
}
