import { availableParallelism } from 'node:os'
import type { RedactionRules } from '../../config/redaction-rules'
import { createRedaction, type Redact } from '../redact'
import { type Body, type BodyKind, type Decoded, decodeBody } from './decode-body'
import { type Packed, unpack } from './packed'
import type { DecoderData } from './worker'
import { WorkerPool, type WorkerPoolOptions } from './worker-pool'

/** A body up to this size is decoded at once, in well under 10 ms. */
export const MAX_INLINE_BYTES = 64 * 1024

const DEFAULTS: Omit<WorkerPoolOptions, 'file' | 'workerData'> = {
  // One more than one sender may use; the event loop and the database need a core as well.
  maxWorkers: availableParallelism() > 2 ? 3 : 2,
  maxWaitingTasks: 200,
  maxWaitingBytes: 64 * 1024 * 1024,
  taskMs: 10_000,
  /**
   * 16 MiB of JSON can become 350 MB of objects, twice that while they are redacted. Node ends a
   * thread beyond its limit, but the whole process where the limit is reached within JSON.parse:
   * it has to be far from what a body can do there.
   */
  heapMegabytes: 1_024,
  idleMs: 30_000,
}

/** Turns bodies into what Muster keeps of them: small ones here, larger ones in other threads. */
export class BodyDecoder {
  private readonly redact: Redact
  private readonly pool: WorkerPool<Body, Packed>

  /** `file` is the built program of src/ingest/decode/worker.ts. */
  constructor(
    rules: RedactionRules,
    file: string,
    options: Partial<Omit<WorkerPoolOptions, 'file' | 'workerData'>> = {},
  ) {
    this.redact = createRedaction(rules)
    const workerData: DecoderData = { rules }
    this.pool = new WorkerPool({ ...DEFAULTS, ...options, file, workerData })
  }

  /**
   * Throws BadInput for what the body says, status 413 where it takes more time or
   * memory than one may, and Unavailable where too many large ones are waiting; senders take turns. The
   * caller's `bytes` may be empty afterwards.
   */
  async decode<K extends BodyKind>(body: Body<K>, sender?: string): Promise<Decoded<K>> {
    if (body.bytes.length <= MAX_INLINE_BYTES) return decodeBody(body, this.redact)
    const bytes = ownBytes(body.bytes)
    const packed = await this.pool.run({ ...body, bytes }, bytes.length, [bytes.buffer], sender)
    return (await unpack(packed)) as Decoded<K>
  }

  close(): Promise<void> {
    return this.pool.close()
  }
}

/** Bytes whose memory is theirs alone, so that it can be handed to another thread. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
