import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './root.mjs'
import { runChild } from './script.mjs'

/**
 * Installs the packages unless those of package-lock.json are there already. Installed means: of
 * the same version; by whom and when does not matter.
 * @param {{ dev?: boolean }} [options] dev: also what only tests and checks need
 */
export async function ensureInstalled({ dev = false } = {}) {
  checkNode()
  if (isInstalled(dev)) return
  console.log('Installing packages …')
  const args = ['ci', '--no-audit', '--no-fund', '--include=optional']
  const { code } = await runNpm(dev ? [...args, '--include=dev'] : args)
  if (code !== 0) {
    throw new Error('The packages could not be installed; npm says why above.')
  }
}

function checkNode() {
  const { engines } = readJson('package.json')
  const wanted = /[\d.]+/.exec(engines.node)[0].split('.').map(Number)
  const found = process.versions.node.split('.').map(Number)
  const isOlder = found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])
  if (isOlder) {
    throw new Error(
      `Muster needs Node ${wanted.join('.')} or later, and this is ${process.versions.node}: install a newer one from https://nodejs.org.`,
    )
  }
}

/** npm notes what it installed in a lock file of its own; it lacks what is for other platforms. */
function isInstalled(dev) {
  const wanted = readJson('package-lock.json').packages
  let found
  try {
    found = readJson('node_modules/.package-lock.json').packages
  } catch {
    return false
  }
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '' || found[name]?.version === entry.version) return true
    if (found[name]) return false
    return entry.optional || (entry.dev && !dev) || entry.devOptional
  })
}

/** Runs npm to its end, as runChild does. */
export async function runNpm(args, options = {}) {
  const cli = process.env.npm_execpath
  const isScript = cli?.endsWith('.js')
  const [file, allArgs] = isScript ? [process.execPath, [cli, ...args]] : ['npm', args]
  // On Windows npm is a batch file, which only a shell can run.
  const shell = !isScript && process.platform === 'win32'
  return runChild(file, allArgs, { shell, ...options })
}

function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'))
}
