#!/usr/bin/env node
import { build } from '../scripts/build.mjs'
import { ensureInstalled } from '../scripts/install.mjs'
import { runScript } from '../scripts/script.mjs'

/** Runs src/cli/muster.ts, after installing and building whatever that takes. */
const isReady = await runScript(async () => {
  await ensureInstalled()
  await build()
})
if (isReady) await import('../dist/cli/muster.js')
