import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './root.mjs'

const POLL_MS = 250
const LAST_WORDS_MS = 5_000

const parent = process.ppid
const children = new Set()

/**
 * Runs a script's work: a failure is one message, and a signal ends what the script has started.
 * So does the end of npm, which passes signals to its shell only. Afterwards the process is free
 * of these watches again. Returns whether the work was done.
 */
export async function runScript(work) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, endAll)
  const timer = setInterval(() => isParentGone() && endAll(), POLL_MS)
  try {
    await work()
    return true
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
    return false
  } finally {
    clearInterval(timer)
    for (const signal of signals) process.off(signal, endAll)
  }
}

/** Without npm in between, the parent may go first: `nohup`, a closed terminal, a supervisor. */
export function isParentGone() {
  return process.env.npm_lifecycle_event !== undefined && process.ppid !== parent
}

/** Runs a program to its end. Resolves to its exit code and what it printed if `quiet`. */
export function runChild(file, args, { quiet = false, ...options } = {}) {
  const { promise, resolve } = deferred()
  const output = quiet ? 'pipe' : 'inherit'
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', output, output], ...options })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (printed += data))
  children.add(child)
  child.once('error', (error) => resolve({ code: 1, printed: error.message }))
  child.once('close', (code) => resolve({ code: code ?? 1, printed }))
  return promise.finally(() => children.delete(child))
}

/**
 * Runs the program of an installed package, without a shell or npx in between; `node` is another
 * Node than the one that runs this.
 */
export function runPackage(name, bin, args, { node = process.execPath, ...options } = {}) {
  const folder = path.join(root, 'node_modules', name)
  const entry = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).bin
  const file = typeof entry === 'string' ? entry : entry[bin]
  return runChild(node, [path.join(folder, file), ...args], options)
}

async function endAll() {
  for (const child of children) child.kill('SIGTERM')
  setTimeout(() => process.exit(1), LAST_WORDS_MS)
  await Promise.all([...children].map((child) => new Promise((done) => child.once('exit', done))))
  process.exit(1)
}

function deferred() {
  let resolve
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
