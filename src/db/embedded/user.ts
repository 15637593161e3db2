import { stat } from 'node:fs/promises'
import { EmbeddedPostgresError } from './error'
import { run, type ServerUser } from './run'

/**
 * PostgreSQL refuses to run as root, so root starts it as the owner of the data, else as the owner
 * of the directory, else as `postgres` or `nobody`. Undefined means: as this process's user.
 */
export async function findServerUser(dataDir: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const uid of [await ownerOf(`${dataDir}/postgres`), await ownerOf(dataDir)]) {
    const user = uid ? await lookUp(String(uid)) : undefined
    if (user) return user
  }
  const user = (await lookUp('postgres')) ?? (await lookUp('nobody'))
  if (user) return user
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and there is no user postgres or nobody: start Muster as another user, or set DATABASE_URL.',
  )
}

/** Tries access as that user: modes alone say nothing of mounts and access lists. */
export async function canEnter(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (!user) return true
  const result = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], user)
  return result.code === 0
}

async function ownerOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.uid ?? 0
}

/** Only users that the system knows by name will do: initdb refuses the others. */
async function lookUp(nameOrId: string): Promise<ServerUser | undefined> {
  const [name, uid, gid] = await Promise.all(
    ['-un', '-u', '-g'].map((option) => run('id', [option, nameOrId])),
  )
  if (name?.code !== 0 || uid?.code !== 0 || gid?.code !== 0) return undefined
  return { name: name.output, uid: Number(uid.output), gid: Number(gid.output) }
}
