import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './root.mjs'
import { runScript } from './script.mjs'

/** `bench.mjs page` builds and runs bench/page.ts; without a name it says which there are. */
const [wanted = '', ...args] = process.argv.slice(2)
const folder = path.join(root, 'dist', 'bench')
const file = path.join(folder, `${wanted}.js`)

const isReady = await runScript(async () => {
  await ensureInstalled({ dev: true })
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
