import { once } from 'node:events'
import { type Duplex, Readable } from 'node:stream'
import type pg from 'pg'

// pg hands these messages of PostgreSQL's COPY protocol to whatever query is under way:
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY

const BLOCK_BYTES = 128 * 1024

/** What pg's connection can do beyond its published types. */
interface CopyConnection {
  readonly stream: Duplex
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** The rows of a `COPY … TO STDOUT`, whole rows in each block, read no faster than they are used. */
export function copyOut(client: pg.Client, statement: string): CopyOut {
  return client.query(new CopyOut(statement))
}

export class CopyOut extends Readable {
  /** How many rows have come so far. */
  rows = 0
  private block = Buffer.allocUnsafe(BLOCK_BYTES)
  private filled = 0
  private connection: CopyConnection | null = null

  constructor(private readonly statement: string) {
    super({ highWaterMark: 2 * BLOCK_BYTES })
  }

  submit(connection: unknown): void {
    this.connection = connection as CopyConnection
    this.connection.query(this.statement)
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.rows++
    if (this.filled + chunk.length > BLOCK_BYTES) this.flush()
    // Copied either way: pg uses the memory of the message again.
    if (chunk.length > BLOCK_BYTES) this.give(Buffer.from(chunk))
    else this.filled += chunk.copy(this.block, this.filled)
  }

  handleCommandComplete(): void {
    this.flush()
  }

  handleReadyForQuery(): void {
    this.connection = null
    this.push(null)
  }

  handleError(error: Error): void {
    this.connection = null
    this.destroy(error)
  }

  override _read(): void {
    this.connection?.stream.resume()
  }

  /** Nobody wants the rest, and the only way to say so is to hang up. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connection?.stream.destroy()
    done(error)
  }

  private flush(): void {
    if (this.filled === 0) return
    const { block, filled } = this
    this.block = Buffer.allocUnsafe(BLOCK_BYTES)
    this.filled = 0
    this.give(block.subarray(0, filled))
  }

  private give(block: Buffer): void {
    if (!this.push(block)) this.connection?.stream.pause()
  }
}

/** Feeds a `COPY … FROM STDIN`. Rejects with the server's reason, or with what `blocks` throws. */
export function copyIn(
  client: pg.Client,
  statement: string,
  blocks: AsyncIterable<Buffer>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(statement, blocks, (error) => (error ? reject(error) : resolve())))
  })
}

class CopyIn {
  private error: unknown = null

  constructor(
    private readonly statement: string,
    private readonly blocks: AsyncIterable<Buffer>,
    private readonly settle: (error: unknown) => void,
  ) {}

  submit(connection: { query(text: string): void }): void {
    connection.query(this.statement)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.feed(connection).catch((error: unknown) => {
      // PostgreSQL answers with an error of its own, which says less than this one.
      this.error ??= error
      connection.sendCopyFail('the rows could not be read')
    })
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.settle(null)
  }

  handleError(error: Error): void {
    this.error ??= error
    this.settle(this.error)
  }

  private async feed(connection: CopyConnection): Promise<void> {
    for await (const block of this.blocks) {
      if (this.error) return
      connection.sendCopyFromChunk(block)
      if (connection.stream.writableNeedDrain) {
        const stopped = new AbortController()
        const { signal } = stopped
        await Promise.race([
          once(connection.stream, 'drain', { signal }),
          once(connection.stream, 'close', { signal }),
        ]).finally(() => stopped.abort())
      }
    }
    if (!this.error) connection.endCopyFrom()
  }
}
