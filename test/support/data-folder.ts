import { mkdtempSync, statfsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** On Linux a folder in memory, in which making a database takes a tenth of the time. */
const IN_MEMORY = '/dev/shm'
/** What all databases of a run need together, and more. Containers often have 64 MiB there. */
const ENOUGH_BYTES = 4 * 1024 ** 3

/**
 * A scratch folder for PostgreSQL's files, which another user may enter: run by root, the server is
 * another user's. Nothing in it may be run as a program: the place in memory may forbid that.
 */
export async function makeDataFolder(prefix: string): Promise<string> {
  const folder = makeFolder(prefix)
  await chmod(folder, 0o755)
  return folder
}

function makeFolder(prefix: string): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    if (bavail * bsize >= ENOUGH_BYTES) return mkdtempSync(path.join(IN_MEMORY, prefix))
  } catch {
    // There is no such place, or none that this user may write to.
  }
  return mkdtempSync(path.join(tmpdir(), prefix))
}
