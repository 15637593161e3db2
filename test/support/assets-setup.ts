import { existsSync } from 'node:fs'
import { build } from '../../scripts/build.mjs'
import { projectPath } from '../../src/config/project-path'

/** Runs once, before all test files: two that build at the same time are in each other's way. */
export async function setup(): Promise<void> {
  if (!existsSync(projectPath('dist', 'assets', 'muster.js'))) await build()
}
