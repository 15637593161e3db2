import { request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands before several processes: each new connection goes to the next one that listens. */
export interface TestBalancer {
  readonly address: string
  close(): Promise<void>
}

export async function startTestBalancer(addresses: readonly string[]): Promise<TestBalancer> {
  const targets = addresses.map((address) => new URL(address))
  const sockets = new Set<Socket>()
  let turn = 0
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const forward = (client: Socket, attempts: number) => {
    const target = targets[turn++ % targets.length]
    const process = connect(Number(target?.port), target?.hostname)
    let isThere = false
    process.on('connect', () => {
      isThere = true
      client.pipe(process).pipe(client)
    })
    keep(process)
    process.on('close', () => {
      // Nobody listens there, and nothing has been sent: the next one may be there.
      if (!isThere && attempts > 1) forward(client, attempts - 1)
      else client.destroy()
    })
    client.on('close', () => process.destroy())
  }
  const server = createServer((client) => {
    keep(client)
    forward(client, targets.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Posts JSON on a connection of its own, so that the balancer has a choice each time. */
export function postAlone(
  url: string,
  body: object,
): Promise<{ status: number; body: { last_id?: number } }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' }
    const posting = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
        } catch (error) {
          reject(error)
        }
      })
    })
    posting.on('error', reject)
    posting.end(JSON.stringify(body))
  })
}
