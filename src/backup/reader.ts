import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { BackupError } from './error'
import { type BackupHeader, FORMAT } from './format'

const NEWLINE = 10
/** Longer than any line of a backup: another file does not fill the memory. */
const MAX_LINE_BYTES = 1024 * 1024

const headerLine = z.object({
  muster_backup: z.number(),
  muster: z.string(),
  made_at: z.string(),
  postgres: z.string(),
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      rows: z.number(),
      sequences: z.array(z.object({ column: z.string(), last: z.number() })),
    }),
  ),
})
const line = z.union([
  z.object({ table: z.string(), bytes: z.number().int().positive() }),
  z.object({ sha256: z.string() }),
])

/** Reads a backup once, from its beginning to its end, and finds out whether it is whole. */
export class BackupReader {
  private readonly source: ReadStream
  private readonly chunks: AsyncIterator<Buffer>
  private readonly hash = createHash('sha256')
  private rest: Buffer = Buffer.alloc(0)
  private next: z.infer<typeof line> | null = null

  private constructor(
    private readonly file: string,
    signal: AbortSignal | undefined,
  ) {
    this.source = createReadStream(file, { ...(signal && { signal }) })
    // What goes wrong is thrown where the chunks are read.
    const content = pipeline(this.source, createGunzip(), () => undefined)
    this.chunks = content[Symbol.asyncIterator]()
  }

  static async open(
    file: string,
    signal?: AbortSignal,
  ): Promise<{ reader: BackupReader; header: BackupHeader }> {
    const reader = new BackupReader(file, signal)
    const text = await reader.readLine()
    const header = headerLine.safeParse(parse(text))
    if (!header.success) throw new BackupError(`${file} is no backup of Muster.`)
    if (header.data.muster_backup !== FORMAT) {
      throw new BackupError(
        `${file} was made by a newer Muster (${header.data.muster}): restore it with that one.`,
      )
    }
    await reader.step(text)
    return { reader, header: header.data }
  }

  /** Of the file as it is on the disk. */
  get bytesRead(): number {
    return this.source.bytesRead
  }

  /** The blocks of the table, if its turn has come. */
  async *rowsOf(table: string): AsyncGenerator<Buffer> {
    while (this.next && 'table' in this.next && this.next.table === table) {
      const { bytes } = this.next
      for (let left = bytes; left > 0; ) {
        const block = await this.readSome(left)
        this.hash.update(block)
        left -= block.length
        yield block
      }
      await this.step()
    }
  }

  /** Throws unless everything has been read and is what was written. */
  async finish(): Promise<void> {
    const written = this.next && 'sha256' in this.next ? this.next.sha256 : null
    const hasMore = this.rest.length > 0 || (await this.pull())
    if (hasMore || written !== this.hash.digest('hex')) throw this.damage()
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  /** Takes the line that was read into account, and reads the next one. */
  private async step(text?: string): Promise<void> {
    if (text !== undefined) this.hash.update(`${text}\n`)
    const following = await this.readLine()
    const parsed = line.safeParse(parse(following))
    if (!parsed.success) throw this.damage()
    this.next = parsed.data
    if ('table' in parsed.data) this.hash.update(`${following}\n`)
  }

  private async readLine(): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf(NEWLINE)
      if (end >= 0) {
        const text = this.rest.toString('utf8', 0, end)
        this.rest = this.rest.subarray(end + 1)
        return text
      }
      if (this.rest.length > MAX_LINE_BYTES || !(await this.pull())) throw this.damage()
    }
  }

  /** At least one byte, and at most `limit`. */
  private async readSome(limit: number): Promise<Buffer> {
    if (this.rest.length === 0 && !(await this.pull())) throw this.damage()
    const block = this.rest.subarray(0, limit)
    this.rest = this.rest.subarray(block.length)
    return block
  }

  private async pull(): Promise<boolean> {
    try {
      const { done, value } = await this.chunks.next()
      if (done) return false
      this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, value]) : value
      return true
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code.startsWith('Z_')) throw this.damage()
      if (code === 'ENOENT') throw new BackupError(`There is no file ${this.file}.`)
      throw error
    }
  }

  private damage(): BackupError {
    return new BackupError(
      `${this.file} is no backup of Muster, or it is cut short or altered: use another copy of it.`,
    )
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
