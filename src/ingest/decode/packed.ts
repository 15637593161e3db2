import { deserialize, serialize } from 'node:v8'
import { BadInput } from '../../errors/app-error'
import { TimeSlices } from '../../log/time-slices'

/** Reports that are unpacked in one go: a few milliseconds' worth, however large they are. */
const CHUNK = 50

/** What a worker answers: bytes, because unpacking is the receiving thread's own work. */
export type Packed =
  | {
      readonly outcome: 'decoded'
      /** What was decoded, without its `reports`. */
      readonly rest: Uint8Array
      /** Its `reports`, some in each. */
      readonly chunks: readonly Uint8Array[]
    }
  | {
      readonly outcome: 'bad input'
      readonly message: string
      readonly field: string | null
      readonly index: number | null
    }

/** Packs what `decode` returns, or the error of a bad body. Throws any other error. */
export function pack(decode: () => unknown): Packed {
  try {
    const decoded = decode()
    if (!hasReports(decoded)) return { outcome: 'decoded', rest: serialize(decoded), chunks: [] }
    const { reports, ...rest } = decoded
    const chunks: Uint8Array[] = []
    for (let i = 0; i < reports.length; i += CHUNK) {
      chunks.push(serialize(reports.slice(i, i + CHUNK)))
    }
    return { outcome: 'decoded', rest: serialize({ ...rest, reports: [] }), chunks }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    const { message, field, index } = error
    return { outcome: 'bad input', message, field, index }
  }
}

/** What `pack` was given, in slices of the event loop. Throws the same BadInput. */
export async function unpack(packed: Packed): Promise<unknown> {
  if (packed.outcome === 'bad input') {
    const { message, field, index } = packed
    throw new BadInput(field, message, { index })
  }
  const decoded: unknown = deserialize(packed.rest)
  if (!hasReports(decoded)) return decoded
  const slices = new TimeSlices()
  for (const chunk of packed.chunks) {
    decoded.reports.push(...(deserialize(chunk) as unknown[]))
    if (slices.isOver) await slices.yield()
  }
  return decoded
}

/** The bytes that move to the other thread instead of being copied. */
export function transfersOf(packed: Packed): ArrayBuffer[] {
  if (packed.outcome !== 'decoded') return []
  return [packed.rest, ...packed.chunks].map(({ buffer }) => buffer as ArrayBuffer)
}

function hasReports(value: unknown): value is { reports: unknown[] } {
  return typeof value === 'object' && value !== null && Array.isArray(Reflect.get(value, 'reports'))
}
