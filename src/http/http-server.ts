import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Access } from '../access/access'
import type { Config } from '../config/load'
import type { Env } from './env'
import { Patience } from './http-patience'
import { Refusals } from './http-refusal'
import { HSTS, SECURITY_HEADERS } from './security-headers'

interface HttpServer {
  /** Where it is reached: `http://127.0.0.1:4690`. */
  readonly address: string
  /** Accepts no new connections; present ones stay. */
  stopAccepting(): void
  /** Waits for the answers that are under way, for `graceMs` at most, and cuts the rest. */
  close(graceMs: number): Promise<void>
}

type Settings = Pick<Config, 'host' | 'port' | 'publicUrl' | 'limits'>

const LOOK_MS = 20
/** An idle client holds a socket meanwhile. */
const KEEP_ALIVE_MS = 5_000
const HEADERS_MS = 10_000

/** Rejects with an error whose message is for people. */
export async function serveHttp(
  app: Hono<Env>,
  settings: Settings,
  access: Pick<Access, 'peerOf'>,
): Promise<HttpServer> {
  // Node's own Response stays in place: streams that write to the raw response break under the
  // adapter's replacement as soon as a middleware touches their headers.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer(serverOptions(settings))
  server.maxConnections = settings.limits.maxSockets
  const isPublicSecure = settings.publicUrl?.protocol === 'https:'
  const refusals = new Refusals(isPublicSecure ? [...SECURITY_HEADERS, HSTS] : SECURITY_HEADERS)
  const requestMs = settings.limits.requestSeconds * 1_000
  const patience = new Patience(requestMs, ({ socket }) => refusals.refuseSlow(socket))
  const receive = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Before anything can answer: the streams and the adapter's own refusals bypass the app.
    for (const [name, value] of SECURITY_HEADERS) outgoing.setHeader(name, value)
    if (access.peerOf(incoming).isSecure) outgoing.setHeader(...HSTS)
    refusals.note(incoming, outgoing)
    patience.watch(incoming, outgoing)
  }
  server.on('request', (incoming, outgoing) => {
    receive(incoming, outgoing)
    void listener(incoming, outgoing)
  })
  server.on('checkExpectation', (incoming, outgoing) => {
    receive(incoming, outgoing)
    outgoing.writeHead(417, { Connection: 'close' }).end()
  })
  server.on('clientError', (error, socket) => refusals.onClientError(error, socket))
  await listen(server, settings)
  let closed: Promise<void> | null = null
  const stopAccepting = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()))
    return closed
  }
  return {
    address: addressOf(server, settings),
    stopAccepting,
    async close(graceMs) {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs)
      // Connections that wait for another request keep the server open, and become idle any time.
      const look = setInterval(() => server.closeIdleConnections(), LOOK_MS)
      await stopAccepting()
      patience.stop()
      clearTimeout(cut)
      clearInterval(look)
    },
  }
}

function serverOptions({ limits }: Settings): ServerOptions {
  const requestMs = limits.requestSeconds * 1_000
  return {
    // Finds peers that vanished without a word: the first probe after 4 s of silence.
    keepAlive: true,
    keepAliveInitialDelay: 4_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: limits.headerBytes,
    requestTimeout: requestMs,
    headersTimeout: Math.min(requestMs, HEADERS_MS),
    // By default Node looks at both every 30 s only.
    connectionsCheckingInterval: Math.min(500, requestMs / 4),
    insecureHTTPParser: false,
    // The guard refuses a request without a host; Node's own answer would have no headers of safety.
    requireHostHeader: false,
  }
}

type ListenOptions = Pick<Settings, 'host' | 'port'>

function listen(server: Server, place: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, place))
    server.once('error', fail)
    server.listen(place.port, place.host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function listenError(error: NodeJS.ErrnoException, { host, port }: ListenOptions): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is in use: stop what runs there, or set PORT to another one.`,
    )
  }
  return new Error(`Muster cannot listen on ${host}:${port}: ${error.message}. Set HOST or PORT.`)
}

function addressOf(server: Server, { host }: ListenOptions): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
