import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A path inside the project, found from the bundle in dist/ and from the sources alike. */
export function projectPath(...parts: string[]): string {
  return join(root, ...parts)
}

const root = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('package.json of Muster was not found above its own code')
  return findRoot(parent)
}
