import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureInstalled, runNpm } from './install.mjs'
import { runScript } from './script.mjs'
import { runUnits } from './units.mjs'

/**
 * Runs the units and database tests on each version of Node that Muster supports, one after the
 * other. `check-nodes.mjs 22 24 src/log` runs the tests of a folder on two of them.
 */
const VERSIONS = ['20', '22', '24']

const given = process.argv.slice(2)
const isVersion = (text) => /^\d+(\.\d+)*$/.test(text)
const versions = given.some(isVersion) ? given.filter(isVersion) : VERSIONS
const tests = given.filter((text) => !isVersion(text))

await runScript(async () => {
  await ensureInstalled({ dev: true })
  const lines = []
  for (const version of versions) lines.push(await check(version))
  console.log(`\n${lines.join('\n')}`)
})

/** Returns the line that says how it went; a version that cannot be had has failed. */
async function check(version) {
  console.log(`\n== Node ${version}`)
  const reports = mkdtempSync(path.join(tmpdir(), 'muster-nodes-'))
  try {
    const node = await findNode(version)
    const { passed, failed, skipped } = await runUnits(tests, { node: node.file, reports })
    if (failed > 0) process.exitCode = 1
    return `Node ${node.version}: ${passed} passed, ${failed} failed, ${skipped} skipped`
  } catch (error) {
    process.exitCode = 1
    return `Node ${version}: not tested. ${error.message}`
  } finally {
    rmSync(reports, { recursive: true, force: true })
  }
}

/** The newest Node of a version, from npm's package of that name. */
async function findNode(version) {
  const say = 'JSON.stringify({ file: process.execPath, version: process.versions.node })'
  const args = ['exec', '--yes', `--package=node@${version}`, '--', 'node', '-p', say]
  // Outside the project: a package of the same name in it would be taken first.
  const { code, printed } = await runNpm(args, { quiet: true, cwd: tmpdir() })
  const found = /^\{.*\}$/m.exec(printed)
  if (code !== 0 || !found) throw new Error(`npm could not get it:\n${printed.trim()}`)
  const node = JSON.parse(found[0])
  if (!`${node.version}.`.startsWith(`${version}.`)) {
    throw new Error(`npm gave Node ${node.version} instead`)
  }
  return node
}
