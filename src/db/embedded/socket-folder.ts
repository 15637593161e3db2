import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SOCKET_PORT } from './address'
import type { ServerUser } from './run'
import { canEnter } from './user'

/** The system's own limit is 108 bytes on Linux and 104 on macOS, with the byte at its end. */
const MAX_PATH_BYTES = 100

interface SocketFolderOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * A folder for the server's socket that only `user` can enter: beside its data, or, where that path
 * would be too long for a socket, in the runtime directory. What an earlier server left there is gone.
 * Null where the system has no sockets.
 */
export async function openSocketFolder(
  cluster: string,
  user: ServerUser | undefined,
  { env = process.env }: SocketFolderOptions = {},
): Promise<string | null> {
  if (process.platform === 'win32') return null
  const places = placesFor(cluster, env)
  for (const folder of places) {
    if (!(await makePrivate(folder, user)) || !(await canListen(folder))) continue
    // The number in the lock of a server that was killed may be another program's by now.
    for (const end of ['', '.lock']) await rm(`${socketIn(folder)}${end}`, { force: true })
    return folder
  }
  // In a folder that all share, others may have taken the names, which can be known before.
  for (const place of places) {
    const folder = await makeNew(place, user)
    if (folder === null) continue
    if (await canListen(folder)) return folder
    await rmdir(folder)
  }
  return null
}

function placesFor(cluster: string, env: Readonly<Record<string, string | undefined>>): string[] {
  const name = `muster-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`
  const runtime = [env.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].filter((folder) => folder !== undefined)
  const places = [
    path.join(path.dirname(cluster), 'postgres.socket'),
    ...runtime.filter(path.isAbsolute).map((folder) => path.join(folder, name)),
  ]
  // libpq takes a comma for the end of one host of several, however it is written.
  return places.filter((folder) => isShort(folder) && !folder.includes(','))
}

function isShort(folder: string): boolean {
  return Buffer.byteLength(socketIn(folder)) <= MAX_PATH_BYTES
}

function socketIn(folder: string): string {
  return path.join(folder, `.s.PGSQL.${SOCKET_PORT}`)
}

/** False for a folder that is another user's, or a link: another user may have put it there. */
async function makePrivate(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (!(await canEnter(path.dirname(folder), user))) return false
  const isMade = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    () => false,
  )
  if (isMade && user) await chown(folder, user.uid, user.gid)
  const found = await lstat(folder).catch(() => undefined)
  if (!found?.isDirectory() || found.uid !== (user?.uid ?? process.getuid?.())) return false
  if ((found.mode & 0o777) !== 0o700) await chmod(folder, 0o700)
  return true
}

/** A folder beside `place` with an unpredictable name; null where none can be made, or used. */
async function makeNew(place: string, user: ServerUser | undefined): Promise<string | null> {
  if (!isShort(`${place}-XXXXXX`) || !(await canEnter(path.dirname(place), user))) return null
  const folder = await mkdtemp(`${place}-`).catch(() => null)
  if (folder !== null && user) await chown(folder, user.uid, user.gid)
  return folder
}

/** Asks the system itself: some shared and mounted folders take no sockets. */
async function canListen(folder: string): Promise<boolean> {
  const probe = path.join(folder, '.probe')
  await rm(probe, { force: true })
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(probe, () => server.close(() => resolve(true)))
  })
}
