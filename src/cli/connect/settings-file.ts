import { randomUUID } from 'node:crypto'
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises'
import path from 'node:path'

const BACKUP = '.muster-backup-'

/** The text of a file; null where there is none. Throws where it is not UTF-8. */
export async function readSettings(file: string): Promise<string | null> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`${file} cannot be read: ${error.message}`)
  })
  if (bytes === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Error(`${file} is left alone: it is not UTF-8`)
  }
}

/**
 * Replaces the file's text atomically: a concurrent reader finds the old or the new. A link stays a link, and the owner stays, with the mode unless one is given.
 */
export async function writeSettings(file: string, text: string, mode?: number): Promise<void> {
  const target = await targetOf(file)
  await mkdir(path.dirname(target), { recursive: true })
  const old = await stat(target).catch(() => null)
  const fresh = `${target}.${randomUUID()}.tmp`
  try {
    // What was for its owner only is never anything else in between.
    const handle = await open(fresh, 'wx', old ? 0o600 : (mode ?? 0o666))
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (old) {
      // Matters to root, editing another user's file; other users own it already and may not chown.
      await chown(fresh, old.uid, old.gid).catch(() => undefined)
      await chmod(fresh, mode ?? old.mode & 0o7777)
    }
    await rename(fresh, target)
  } finally {
    await rm(fresh, { force: true })
  }
}

/** Takes the file away, and its folder if nothing else is in that and `folderToo`. */
export async function deleteSettings(file: string, folderToo: boolean): Promise<void> {
  await rm(file)
  if (folderToo) await rmdir(path.dirname(file)).catch(() => undefined)
}

/** A copy beside the file, and its name. */
export async function backUp(file: string, now = new Date()): Promise<string> {
  const time = now.toISOString().replace(/[:.]/g, '-')
  const backup = `${file}${BACKUP}${time}`
  await copyFile(file, backup)
  await chmod(backup, (await stat(file)).mode & 0o7777)
  return backup
}

/** The texts of the backups, the newest first. */
export async function readBackups(file: string): Promise<string[]> {
  const folder = path.dirname(file)
  const names = await readdir(folder).catch(() => [])
  const start = `${path.basename(file)}${BACKUP}`
  const backups = names
    .filter((name) => name.startsWith(start))
    .sort()
    .reverse()
  const texts: string[] = []
  for (const name of backups) {
    const text = await readSettings(path.join(folder, name)).catch(() => null)
    if (text !== null) texts.push(text)
  }
  return texts
}

/** Where the link ends, also if nothing is there yet. */
async function targetOf(file: string): Promise<string> {
  const found = await realpath(file).catch(() => null)
  if (found !== null) return found
  const isLink = await lstat(file).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
  return isLink ? path.resolve(path.dirname(file), await readlink(file)) : file
}
