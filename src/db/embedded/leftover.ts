import { rm, stat } from 'node:fs/promises'
import { commandLine, hasProcessNumber, isProcessAlive } from '../../process/process-identity'
import { type PidFile, pidFilePath, readPidFile } from './pid-file'
import { type Launch, stopPostmaster, watchPostmaster } from './postmaster'

/**
 * Makes way for a start: stops the server that a Muster left behind when it was killed, and removes
 * a pid file whose number belongs to another program by now, which PostgreSQL would respect. A pid
 * file of a dead process is left to PostgreSQL, which finds in it whether the dead one's backends
 * still use the data. Call it under the data directory's lock only.
 */
export async function clearLeftover(launch: Pick<Launch, 'binaries' | 'cluster'>, log: Log) {
  const found = await readPidFile(launch.cluster)
  if (!found || !hasProcessNumber(found.pid)) return
  if (await isServerOf(launch.cluster, found)) {
    log(`Stopping the PostgreSQL that an earlier Muster left running (process ${found.pid}).`)
    await stopPostmaster(watchPostmaster(found.pid), launch)
    // A zombie: killed, and not yet reaped by its new parent, so its pid is still in use.
    const isZombie = hasProcessNumber(found.pid) && !(await isProcessAlive(found.pid))
    if (!isZombie) return
  }
  await rm(pidFilePath(launch.cluster), { force: true })
}

type Log = (message: string) => void

async function isServerOf(cluster: string, found: PidFile): Promise<boolean> {
  // Windows: pg_ctl speaks to a pipe that only a PostgreSQL has, so asking a stranger does no harm.
  if (process.platform === 'win32') return true
  if (!(await isProcessAlive(found.pid))) return false
  const command = await commandLine(found.pid)
  if (!command.includes('postgres') || !command.includes(found.folder)) return false
  // The folder was moved while the server ran; or copied, and then the server is the original's.
  return found.folder === cluster || !(await stat(pidFilePath(found.folder)).catch(() => undefined))
}
