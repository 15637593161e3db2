import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildDecodeWorker } from '../../scripts/build.mjs'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The program of the threads that decode large bodies, built from the sources as they are. */
    decodeWorker: string
  }
}

/** Runs once, before all test files; what it returns runs after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-worker-'))
  const file = join(folder, 'decode-worker.mjs')
  await buildDecodeWorker(file)
  project.provide('decodeWorker', file)
  return () => rm(folder, { recursive: true, force: true })
}
