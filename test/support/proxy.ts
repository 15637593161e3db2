import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between Muster and its database, and can take the database away. */
export interface TestProxy {
  readonly url: string
  cut(): void
  /** The database stays connected, and says nothing more. */
  hold(): void
  restore(): void
  close(): Promise<void>
}

export async function startTestProxy(databaseUrl: string, port = 0): Promise<TestProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isCut = false
  let isHeld = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const server = createServer((client) => {
    keep(client)
    if (isCut) {
      client.destroy()
      return
    }
    const host = decodeURIComponent(target.hostname)
    const database = host.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${target.port}`)
      : connect(Number(target.port), host)
    keep(database)
    client.pipe(database).pipe(client)
    if (isHeld) for (const socket of [client, database]) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    cut,
    hold() {
      isHeld = true
      for (const socket of sockets) socket.pause()
    },
    restore() {
      isCut = false
      isHeld = false
      for (const socket of sockets) socket.resume()
    },
    close() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
