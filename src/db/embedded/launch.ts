import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerPlace } from './address'
import { EmbeddedPostgresError } from './error'
import { type Launch, LaunchError, launchPostmaster, type Postmaster } from './postmaster'

const ATTEMPTS = 20
const PAUSE_MS = 250

/**
 * Starts the server with its socket in `socketFolder`; without one, on a port that no program uses,
 * and if one takes it just then, on another.
 */
export async function launchServer(
  wanted: Omit<Launch, 'place'>,
  socketFolder: string | null,
  signal?: AbortSignal,
): Promise<{ launch: Launch; postmaster: Postmaster }> {
  for (let attempt = 1; ; attempt++) {
    const place: ServerPlace =
      socketFolder === null
        ? { kind: 'tcp', port: await findFreePort() }
        : { kind: 'socket', folder: socketFolder }
    const launch = { ...wanted, place }
    try {
      return { launch, postmaster: await launchPostmaster(launch, signal) }
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error
      if (attempt === ATTEMPTS || signal?.aborted || !mayPass(error)) {
        throw startFailure(launch, error)
      }
      await delay(PAUSE_MS)
    }
  }
}

/** The port was taken, or the backends of a server that was killed have not ended yet. */
function mayPass(error: LaunchError): boolean {
  return /could not bind|already in use|pre-existing shared memory/i.test(error.message)
}

function startFailure({ logFile }: Launch, error: LaunchError): EmbeddedPostgresError {
  const lines = error.message.split('\n')
  const fatal = lines.find((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? ''
  const reason = fatal.replace(/^.*?(FATAL|PANIC):\s*/, '')
  const advice = /No space left/.test(error.message)
    ? 'make room on the disk of its data'
    : `see ${logFile}, or set DATABASE_URL`
  return new EmbeddedPostgresError(`PostgreSQL did not start (${reason}): ${advice}.`, {
    cause: error,
  })
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
