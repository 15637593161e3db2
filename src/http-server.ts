import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Env } from './routes/env'
import { SECURITY_HEADERS } from './routes/security-headers'

export interface HttpServer {
  /** Where it is reached: `http://127.0.0.1:4690`. */
  readonly address: string
  /** Nobody gets in any more; who is in may stay. */
  stopAccepting(): void
  /** Waits for the answers that are under way, for `graceMs` at most, and cuts the rest. */
  close(graceMs: number): Promise<void>
}

interface Place {
  readonly host: string
  readonly port: number
}

const LOOK_MS = 20

/** Rejects with an error whose message is for people. */
export async function serveHttp(app: Hono<Env>, place: Place): Promise<HttpServer> {
  // Node's own Response stays in place: streams that write to the raw response break under the
  // adapter's replacement as soon as a middleware touches their headers.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  // Keep-alive finds peers that vanished without a word: the first probe after 4 s of silence.
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 4_000 })
  server.on('request', (incoming, outgoing) => {
    // Before anything can answer: the streams and the adapter's own refusals bypass the app.
    for (const [name, value] of SECURITY_HEADERS) outgoing.setHeader(name, value)
    void listener(incoming, outgoing)
  })
  await listen(server, place)
  let closed: Promise<void> | null = null
  const stopAccepting = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()))
    return closed
  }
  return {
    address: addressOf(server, place),
    stopAccepting,
    async close(graceMs) {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      // Connections that wait for another request keep the server open, and become idle any time.
      const look = setInterval(() => server.closeIdleConnections(), LOOK_MS)
      await stopAccepting()
      clearTimeout(cut)
      clearInterval(look)
    },
  }
}

function listen(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, place))
    server.once('error', fail)
    server.listen(place.port, place.host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Place): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use: stop what runs there, or set PORT to another one.`,
    )
  }
  return new Error(`Muster cannot listen on ${host}:${port}: ${error.message}. Set HOST or PORT.`)
}

function addressOf(server: Server, { host }: Place): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
