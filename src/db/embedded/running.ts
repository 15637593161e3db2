import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { addressForPsql, addressOf, type ServerPlace } from './address'
import { clusterPlaces, passwordFile, psqlPasswordFile } from './cluster'
import { EmbeddedPostgresError } from './error'
import { findHolder } from './lock'
import { readPidFile } from './pid-file'

interface RunningServer {
  /** For Muster's own connections. */
  readonly url: string
  /** For psql; it names the file with the password. */
  readonly psqlUrl: string
}

/** The address of the database of a Muster that runs on this data directory, as `findServer` finds it. */
export async function findRunning(
  dataDir: string,
  options: { stateRoot?: string } = {},
): Promise<string | undefined> {
  return (await findServer(dataDir, options))?.url
}

/**
 * The database of a Muster that runs on this data directory; undefined where none does. Throws an
 * EmbeddedPostgresError where one does and its database does not answer yet.
 */
export async function findServer(
  dataDir: string,
  options: { stateRoot?: string } = {},
): Promise<RunningServer | undefined> {
  const folder = await realpath(dataDir).catch(() => undefined)
  const holder = folder && (await findHolder(folder))
  if (!holder) return undefined
  for (const cluster of clusterPlaces(folder, options.stateRoot)) {
    const server = await readPidFile(cluster)
    const password = await readFile(passwordFile(cluster), 'utf8').catch(() => undefined)
    if (server?.status !== 'ready' || !password) continue
    const { socketFolder: folder, port } = server
    const place: ServerPlace = folder ? { kind: 'socket', folder } : { kind: 'tcp', port }
    const psqlUrl = addressForPsql(place, psqlPasswordFile(cluster))
    return { url: addressOf(place, password), psqlUrl }
  }
  throw new EmbeddedPostgresError(
    `The database of the Muster in ${folder} (process ${holder.pid}) does not answer yet: try again in a moment.`,
  )
}

/** Whether there is a database in this data directory, running or not. */
export async function hasCluster(
  dataDir: string,
  options: { stateRoot?: string } = {},
): Promise<boolean> {
  const folder = await realpath(dataDir).catch(() => undefined)
  if (!folder) return false
  const versions = clusterPlaces(folder, options.stateRoot).map((cluster) =>
    readFile(path.join(cluster, 'PG_VERSION')).then(
      () => true,
      () => false,
    ),
  )
  return (await Promise.all(versions)).includes(true)
}
