import { rmdir, stat, truncate } from 'node:fs/promises'
import path from 'node:path'
import { ensureDatabase } from '../ensure-database'
import { addressOf } from './address'
import { type Binaries, prepareBinaries } from './binaries'
import { ensureCluster, openDataDir, placeCluster, writePsqlPassword } from './cluster'
import { EmbeddedPostgresError } from './error'
import { launchServer } from './launch'
import { clearLeftover } from './leftover'
import { type DataLock, lockDataDir } from './lock'
import { launchPostmaster, stopPostmaster } from './postmaster'
import type { ServerUser } from './run'
import { LOCAL_SETTINGS } from './settings'
import { openSocketFolder } from './socket-folder'
import { supervise } from './supervisor'
import { findServerUser } from './user'

const LOG_LIMIT_BYTES = 1024 * 1024

export interface EmbeddedPostgresOptions {
  dataDir: string
  log(message: string): void
  /** PostgreSQL settings beyond the usual ones, such as `fsync: 'off'`. */
  settings?: Readonly<Record<string, string | number>>
  /** In place of the installed package's `native` folder. */
  binaries?: string
  /** In place of /var/cache/muster, or of the user's own cache. */
  cacheRoot?: string
  /** In place of /var/lib/muster. */
  stateRoot?: string
  /** A port of 127.0.0.1, as where the system has no sockets. */
  listen?: 'tcp'
  /** Breaks off a start; one that is broken off leaves no server. */
  signal?: AbortSignal
}

export interface EmbeddedPostgres {
  /** Of the database `muster`, which exists. */
  url: string
  /** Where the files of the database are. */
  folder: string
  /** What people should know about where things are; most starts have nothing to tell. */
  notes: string[]
  /** Lets a second Muster on the same data say where the first one is. */
  setAddress(address: string): Promise<void>
  /** Ends the server within 4 s. */
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL server with its data in `dataDir`, and starts it again whenever it dies.
 * Rejects with an EmbeddedPostgresError, whose message is for people.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  let lock: DataLock | undefined
  try {
    const dataDir = await openDataDir(options.dataDir)
    lock = await lockDataDir(dataDir)
    return await startLocked({ ...options, dataDir }, lock)
  } catch (error) {
    await lock?.release()
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new EmbeddedPostgresError(
      `The database in ${options.dataDir} cannot be started (${error.message}): ${adviceFor(error)}, or set MUSTER_DATA_DIR or DATABASE_URL.`,
      { cause: error },
    )
  }
}

function adviceFor(error: Error & { code?: unknown }): string {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return 'make room on that disk'
  if (error.code === 'EROFS') return 'make that disk writable'
  return 'check the rights there'
}

async function startLocked(
  options: EmbeddedPostgresOptions,
  lock: DataLock,
): Promise<EmbeddedPostgres> {
  const { dataDir, log } = options
  const settings = { ...LOCAL_SETTINGS, ...options.settings }
  const user = await findServerUser(dataDir)
  const binaries = await prepareBinaries({ ...options, user })
  const cluster = await placeCluster(dataDir, user, options.stateRoot)
  await clearLeftover({ binaries, cluster }, log)
  const password = await ensureCluster(cluster, binaries, user, {
    isDurable: settings.fsync !== 'off',
  })
  const notes = user ? describeUser(user, dataDir, cluster, binaries) : []
  for (const note of notes) log(note)

  const logFile = path.join(dataDir, 'postgres.log')
  await shorten(logFile)
  await writePsqlPassword(cluster, password, user)
  const socketFolder = options.listen === 'tcp' ? null : await openSocketFolder(cluster, user)
  const removeSocketFolder = async () => {
    if (socketFolder !== null) await rmdir(socketFolder).catch(() => undefined)
  }
  const { launch, postmaster } = await launchServer(
    { binaries, cluster, logFile, settings, user },
    socketFolder,
    options.signal,
  ).catch(async (error: unknown) => {
    await removeSocketFolder()
    throw error
  })
  const stopServer = supervise(postmaster, {
    launch: (signal) => launchPostmaster(launch, signal),
    stop: (running) => stopPostmaster(running, launch),
    log,
  })
  const stop = async () => {
    await stopServer()
    await removeSocketFolder()
    await lock.release()
  }
  try {
    const url = await ensureDatabase(addressOf(launch.place, password))
    return { url, folder: cluster, notes, setAddress: lock.setAddress, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function describeUser(
  user: ServerUser,
  dataDir: string,
  cluster: string,
  binaries: Binaries,
): string[] {
  const places = []
  if (!cluster.startsWith(dataDir)) places.push(`its data is in ${cluster}`)
  if (binaries.isCopy) places.push(`its programs are in ${binaries.folder}`)
  if (places.length === 0) return []
  return [
    `PostgreSQL does not run as root, and the user ${user.name}, who runs it, cannot reach all of Muster's folders: ${places.join(' and ')}.`,
  ]
}

async function shorten(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => undefined)
  if (found && found.size > LOG_LIMIT_BYTES) await truncate(logFile)
}
