#!/usr/bin/env node
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { build } from '../scripts/build.mjs'
import { ensureInstalled } from '../scripts/install.mjs'
import { root } from '../scripts/root.mjs'
import { runScript } from '../scripts/script.mjs'

const program = path.join(root, 'dist/cli/muster.js')

/** What another user has installed and built, as on a server, is used as it is. */
function isAnothers() {
  if (!existsSync(program)) return false
  try {
    accessSync(program, constants.W_OK)
    return false
  } catch {
    return true
  }
}

/** Runs src/cli/muster.ts, after installing and building whatever that takes. */
const isReady =
  isAnothers() ||
  (await runScript(async () => {
    await ensureInstalled()
    await build()
  }))
if (isReady) await import('../dist/cli/muster.js')
