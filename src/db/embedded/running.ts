import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { clusterPlaces, passwordFile, ROLE } from './cluster'
import { EmbeddedPostgresError } from './error'
import { findHolder } from './lock'
import { readPidFile } from './pid-file'

/**
 * The address of the database of a Muster that runs on this data directory; undefined where none
 * does. Throws an EmbeddedPostgresError where one does and its database does not answer yet.
 */
export async function findRunning(
  dataDir: string,
  options: { stateRoot?: string } = {},
): Promise<string | undefined> {
  const folder = await realpath(dataDir).catch(() => undefined)
  const holder = folder && (await findHolder(folder))
  if (!holder) return undefined
  for (const cluster of clusterPlaces(folder, options.stateRoot)) {
    const server = await readPidFile(cluster)
    const password = await readFile(passwordFile(cluster), 'utf8').catch(() => undefined)
    if (server?.status !== 'ready' || !password) continue
    return `postgres://${ROLE}:${password}@127.0.0.1:${server.port}/muster`
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
