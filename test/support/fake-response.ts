import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { Connection, type ConnectionOptions } from '../../src/stream/connection'

/** The response of a client whose socket is full whenever the test says so. */
export class TestResponse extends EventEmitter {
  destroyed = false
  text = ''
  writes = 0
  isFull = false
  /** Bytes that the client has not taken. */
  writableLength = 0
  headers: Record<string, string> = {}

  writeHead(_status: number, headers: Record<string, string>): this {
    this.headers = headers
    return this
  }

  write(bytes: Buffer | string): boolean {
    this.text += bytes.toString()
    this.writes++
    if (this.isFull) this.writableLength += Buffer.byteLength(bytes)
    return !this.isFull
  }

  end(bytes = ''): this {
    this.text += bytes
    return this
  }

  destroy(): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.emit('close')
    return this
  }

  /** The client has read everything. */
  drain(): void {
    this.isFull = false
    this.writableLength = 0
    this.emit('drain')
  }
}

export interface TestClient {
  readonly connection: Connection
  readonly response: TestResponse
  events(): EventSourceMessage[]
}

const PATIENT: ConnectionOptions = {
  heartbeatMs: 30_000,
  stallMs: 60_000,
  rotateMs: 600_000,
  retryMs: 500,
}

export function openTestClient(options: Partial<ConnectionOptions> = {}): TestClient {
  const response = new TestResponse()
  const connection = new Connection(response as unknown as ServerResponse, {
    ...PATIENT,
    ...options,
  })
  return { connection, response, events: () => parseEvents(response.text) }
}

export function parseEvents(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = []
  createParser({ onEvent: (event) => events.push(event) }).feed(text)
  return events
}
